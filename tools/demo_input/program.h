// A random program in C of the shape that n0 emits.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace morpharena::demo {

// A type of the generated language.
struct Type {
    enum class Kind { kInt, kBool, kString, kArray, kRecord };
    Kind kind = Kind::kInt;
    std::size_t record = 0;  // which record, when kind is kRecord

    bool operator==(const Type&) const = default;
    // True for values that the collector of the run-time system must know.
    bool is_object() const { return kind != Kind::kInt && kind != Kind::kBool; }
    // Its spelling in C.
    std::string c_name() const;
};

// A name with its type: a parameter, a local variable, or a member of a record.
struct Variable {
    std::string name;
    Type type;
};

struct Record {
    std::string name;
    std::vector<Variable> members;
};

struct Function {
    std::string name;
    Type result;
    std::vector<Variable> parameters;
    std::size_t layer = 0;  // it calls functions of the layer below only, so every program ends
};

// Writes one program. The same seed and number of functions give the same text on every machine: the random
// numbers are those of std::mt19937_64, which the standard fixes, and no distribution of the library is used.
class ProgramWriter {
  public:
    // Throws std::invalid_argument when functions is 0.
    ProgramWriter(std::uint64_t seed, std::size_t functions);

    // The whole of prog.c.
    std::string write();

  private:
    // What is in scope while a function is written, and how many roots each open block has pushed.
    struct Body {
        std::string text;
        std::vector<Variable> variables;
        std::vector<int> roots;
        const Function* function = nullptr;
        int budget = 0;  // statements that may still be written
    };

    std::size_t below(std::size_t limit);  // a number in [0, limit)
    bool chance(int percent);
    std::string fresh(const char* stem);
    Type random_type();
    void make_records();
    void make_functions(std::size_t count);
    std::string struct_definitions() const;
    std::string signature(const Function& function) const;
    std::string function_text(const Function& function);
    std::string entry_point();

    void declare(Body& body, const Type& type, const std::string& name, const std::string& value);
    void write_statement(Body& body, int nesting);
    void write_declaration(Body& body);
    void write_assignment(Body& body);
    void write_member_assignment(Body& body);
    void write_branch(Body& body, int nesting);
    void write_loop(Body& body, int nesting);
    void write_early_return(Body& body);
    void write_block(Body& body, int nesting);
    void write_return(Body& body);

    std::string expression(Body& body, const Type& type, int depth);
    std::string literal(Body& body, const Type& type, int depth);
    std::string record_literal(Body& body, std::size_t record, int depth);
    std::string array_literal(Body& body, int depth);
    std::string int_expression(Body& body, int depth);
    std::string bool_expression(Body& body, int depth);
    std::string string_expression(Body& body, int depth);
    std::string member_of(Body& body, const Type& type);
    std::string call(Body& body, const Function& callee, int depth);
    const Variable* variable_of(Body& body, const Type& type);
    const Function* callee_of(const Body& body, const Type& type);

    std::mt19937_64 random_;
    std::vector<Record> records_;
    std::vector<Function> functions_;
    std::size_t next_temporary_ = 0;
};

}  // namespace morpharena::demo
