// A scanner as compilers have them: each token an object of 40 bytes, names and literals with a text of their
// own (two thirds of the tokens, 2 to 24 bytes), and the table of tokens doubled by realloc. All are kept, as
// a parser looks back.
#include "bench/workloads/pages.h"
#include "bench/workloads/stage.h"

namespace morpharena::bench {
namespace {

struct Token {
    char* text;
    std::size_t kind, line, column, length;
};

}  // namespace

void token_stream(Stage& stage) {
    Pages<unsigned char> lengths(stage.count());  // 0: an operator, its kind says all
    std::size_t bytes = stage.count() * (sizeof(Token) + sizeof(Token*));
    std::size_t objects = stage.count();
    for (unsigned char& length : lengths) {
        length = stage.random()() % 3 == 0 ? 0 : static_cast<unsigned char>(2 + stage.random()() % 23);
        bytes += length;
        objects += length != 0;
    }
    while (stage.round()) {
        Token** table = nullptr;
        for (std::size_t i = 0; i < stage.count(); ++i) {
            if ((i & (i - 1)) == 0) {  // full at each power of two
                table = static_cast<Token**>(std::realloc(table, (i == 0 ? 1 : 2 * i) * sizeof(Token*)));
                if (table == nullptr) std::abort();  // written below, entry by entry
            }
            auto* token = static_cast<Token*>(stage.make_alike(sizeof(Token)));
            token->text = lengths[i] == 0 ? nullptr : static_cast<char*>(stage.make(lengths[i]));
            token->length = lengths[i];
            table[i] = token;
        }
        stage.end();
        stage.made(objects, bytes, bytes);
        stage.release([&] {
            for (std::size_t i = 0; i < stage.count(); ++i) {
                std::free(table[i]->text);
                std::free(table[i]);
            }
            std::free(table);
        });
    }
}

}  // namespace morpharena::bench
