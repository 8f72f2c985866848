// Not installed: the build calls it for the man pages and the shells' completion.
#include <cstdio>
#include <cstring>
#include <string>

#include "tools/completion.h"
#include "tools/man_page.h"

int main(int argc, char** argv) {
    using namespace morpharena::tool;
    const std::string what = argc == 2 ? argv[1] : "";
    const CliModel model = cli_model();
    std::string text;
    if (what == "man-command") text = man_of_command(model);
    if (what == "man-library") text = man_of_library();
    if (what == "bash") text = bash_completion(model);
    if (what == "zsh") text = zsh_completion(model);
    if (what == "fish") text = fish_completion(model);
    if (text.empty()) {
        std::fputs("write_document: right is man-command, man-library, bash, zsh or fish\n", stderr);
        return 2;
    }
    return std::fputs(text.c_str(), stdout) >= 0 && std::fflush(stdout) == 0 ? 0 : 1;
}
