// Expressions of the generated program. Random numbers are drawn one statement at a time, because C++ leaves
// the order of arguments open and the text must not depend on the compiler. As n0 does, every object that is
// held across a call is a registered root, and what needs a temporary for that is a statement expression: ({
// T x = e; push; R r = f(x); pop; r; }).
#include <fmt/format.h>

#include "program.h"

namespace morpharena::demo {

namespace {

// Our own words for string literals.
constexpr const char* kWords[] = {"ladle",
                                  "harbour",
                                  "quartz",
                                  "willow: ",
                                  "\\n",
                                  "tin kettle",
                                  "north, by west",
                                  "amber",
                                  "copper wire",
                                  "seventh",
                                  "%",
                                  "+",
                                  "==",
                                  "moss and fern",
                                  "granite",
                                  "a loaf of rye",
                                  "lantern",
                                  ";",
                                  "\\t",
                                  "the mill turns slowly"};

std::string push(const std::string& name) {
    return fmt::format("fx_push_root(ctx, (void**)&{}); ", name);
}

// ({ holder = object; push; result = body; pop; result; })
std::string with_root(const Type& object_type, const std::string& holder, const std::string& object,
                      const Type& result_type, const std::string& result, const std::string& body) {
    return fmt::format("({{ {} {} = {}; {}{} {} = {}; fx_pop_roots(ctx, 1); {}; }})", object_type.c_name(),
                       holder, object, push(holder), result_type.c_name(), result, body, result);
}

const Type kInt{Type::Kind::kInt};
const Type kBool{Type::Kind::kBool};
const Type kString{Type::Kind::kString};
const Type kArray{Type::Kind::kArray};

}  // namespace

const Variable* ProgramWriter::variable_of(Body& body, const Type& type) {
    std::vector<const Variable*> fitting;
    for (const Variable& variable : body.variables) {
        if (variable.type == type) fitting.push_back(&variable);
    }
    return fitting.empty() ? nullptr : fitting[below(fitting.size())];
}

const Function* ProgramWriter::callee_of(const Body& body, const Type& type) {
    if (body.function->layer == 0) return nullptr;
    // A few tries are enough: a miss only means that a literal is written instead.
    for (int tries = 0; tries < 12; ++tries) {
        const Function& candidate = functions_[below(functions_.size())];
        if (candidate.layer + 1 == body.function->layer && candidate.result == type) return &candidate;
    }
    return nullptr;
}

std::string ProgramWriter::call(Body& body, const Function& callee, int depth) {
    std::string text = "({ ";
    std::string arguments = "ctx, NULL";
    int roots = 0;
    for (const Variable& parameter : callee.parameters) {
        const std::string value = expression(body, parameter.type, depth - 1);
        const std::string argument = fresh("arg");
        text += fmt::format("{} {} = {}; ", parameter.type.c_name(), argument, value);
        arguments += ", " + argument;
        if (!parameter.type.is_object()) continue;
        text += push(argument);
        roots++;
    }
    const std::string result = fresh("ret");
    return text + fmt::format("{} {} = {}({}); fx_pop_roots(ctx, {}); {}; }})", callee.result.c_name(),
                              result, callee.name, arguments, roots, result);
}

std::string ProgramWriter::member_of(Body& body, const Type& type) {
    std::vector<std::string> reads;
    for (const Variable& variable : body.variables) {
        if (variable.type.kind != Type::Kind::kRecord) continue;
        for (const Variable& member : records_[variable.type.record].members) {
            if (member.type != type) continue;
            const std::string holder = fresh("obj");
            reads.push_back(with_root(variable.type, holder, variable.name, type, fresh("ret"),
                                      fmt::format("{}->{}", holder, member.name)));
        }
    }
    return reads.empty() ? std::string() : reads[below(reads.size())];
}

std::string ProgramWriter::record_literal(Body& body, std::size_t record, int depth) {
    const Record& made = records_[record];
    const std::string object = fresh("t");
    std::string text = fmt::format("({{ {0}* {1} = ({0}*)fx_alloc(ctx, sizeof({0}), &fx_type_{0}); {2}",
                                   made.name, object, push(object));
    for (const Variable& member : made.members) {
        text += fmt::format("{}->{} = {}; ", object, member.name, expression(body, member.type, depth - 1));
    }
    return text + fmt::format("fx_pop_roots(ctx, 1); {}; }})", object);
}

std::string ProgramWriter::array_literal(Body& body, int depth) {
    const Variable* known = variable_of(body, kArray);
    if (known != nullptr && chance(30)) return fmt::format("fx_array_concat(ctx, {0}, {0})", known->name);
    const std::size_t length = 2 + below(4);  // at least 2: the indices 0 and 1 are always there
    const std::string array = fresh("a");
    std::string text = fmt::format("({{ FxArray* {0} = fx_array_new(ctx, {1}, sizeof(fx_int), 0); {2}", array,
                                   length, push(array));
    for (std::size_t i = 0; i < length; ++i) {
        text += fmt::format("((fx_int*){}->data)[{}] = {}; ", array, i, int_expression(body, depth - 2));
    }
    return text + fmt::format("fx_pop_roots(ctx, 1); {}; }})", array);
}

std::string ProgramWriter::literal(Body& body, const Type& type, int depth) {
    switch (type.kind) {
        case Type::Kind::kInt:
            return fmt::format("{}", below(1000));
        case Type::Kind::kBool:
            return chance(50) ? "1" : "0";
        case Type::Kind::kString: {
            const std::string word = kWords[below(std::size(kWords))];
            return fmt::format("fx_string_new(ctx, \"{} {}\")", word, below(90));
        }
        case Type::Kind::kArray:
            return array_literal(body, depth);
        case Type::Kind::kRecord:
            break;
    }
    return record_literal(body, type.record, depth);
}

std::string ProgramWriter::int_expression(Body& body, int depth) {
    if (depth <= 0) return literal(body, kInt, depth);
    switch (below(6)) {
        case 0: {
            const std::string left = int_expression(body, depth - 1);
            const std::string right = int_expression(body, depth - 1);
            return fmt::format("({} {} {})", left, chance(60) ? "+" : "-", right);
        }
        case 1: {
            const std::string value = int_expression(body, depth - 1);
            return fmt::format("(({} % 8191) * {})", value, 2 + below(30));
        }
        case 2: {
            const Variable* array = variable_of(body, kArray);
            if (array == nullptr) break;
            const std::string holder = fresh("lhs");
            const std::string element = fmt::format("(*(fx_int*)fx_array_at(ctx, {}, {}))", holder, below(2));
            return with_root(kArray, holder, array->name, kInt, fresh("ret"), element);
        }
        case 3: {
            const std::string text = string_expression(body, depth - 1);
            const std::string holder = fresh("lhs");
            return with_root(kString, holder, text, kInt, fresh("ret"),
                             fmt::format("fx_string_length(ctx, {})", holder));
        }
        case 4: {
            const std::string text = string_expression(body, depth - 1);
            const std::string holder = fresh("lhs");
            const std::string query = chance(50)
                                          ? "fx_string_find(ctx, {}, fx_string_new(ctx, \"{}\"))"
                                          : "fx_string_split(ctx, {}, fx_string_new(ctx, \"{}\"))->length";
            const std::string word = kWords[below(std::size(kWords))];
            return with_root(kString, holder, text, kInt, fresh("ret"),
                             fmt::format(fmt::runtime(query), holder, word));
        }
        default:
            break;
    }
    return literal(body, kInt, depth);
}

std::string ProgramWriter::bool_expression(Body& body, int depth) {
    static constexpr const char* kCompare[] = {"==", "!=", "<", ">", "<=", ">="};
    if (depth <= 0) return literal(body, kBool, depth);
    switch (below(4)) {
        case 0:
        case 1: {
            const std::string left = expression(body, kInt, depth - 1);
            const std::string right = expression(body, kInt, depth - 1);
            return fmt::format("({} {} {})", left, kCompare[below(std::size(kCompare))], right);
        }
        case 2: {
            const std::string text = string_expression(body, depth - 1);
            const std::string left = fresh("lhs");
            const std::string word = kWords[below(std::size(kWords))];
            return with_root(kString, left, text, kBool, fresh("ret"),
                             fmt::format("fx_string_equal(ctx, {}, fx_string_new(ctx, \"{}\"))", left, word));
        }
        default: {
            const std::string left = bool_expression(body, depth - 1);
            const std::string right = bool_expression(body, depth - 1);
            return fmt::format("({} {} {})", left, chance(50) ? "&&" : "||", right);
        }
    }
}

std::string ProgramWriter::string_expression(Body& body, int depth) {
    if (depth <= 0) return literal(body, kString, depth);
    if (chance(15)) {
        const std::string text = string_expression(body, depth - 1);
        const std::string holder = fresh("lhs");
        return with_root(kString, holder, text, kString, fresh("ret"),
                         fmt::format("fx_string_trim(ctx, {}, fx_string_new(ctx, \" %;\"))", holder));
    }
    const std::string left = fresh("lhs");
    const std::string right = fresh("rhs");
    const std::string result = fresh("ret");
    const std::string first = expression(body, kString, depth - 1);
    const std::string second =
        chance(70) ? expression(body, kString, depth - 2)
                   : fmt::format("fx_string_from_int(ctx, {})", int_expression(body, depth - 1));
    return fmt::format(
        "({{ FxString* {0} = {1}; {2}FxString* {3} = {4}; {5}FxString* {6} = fx_string_concat(ctx, {0}, "
        "{3}); "
        "fx_pop_roots(ctx, 2); {6}; }})",
        left, first, push(left), right, second, push(right), result);
}

std::string ProgramWriter::expression(Body& body, const Type& type, int depth) {
    if (depth > 0 && chance(25)) {
        const Function* callee = callee_of(body, type);
        if (callee != nullptr) return call(body, *callee, depth);
    }
    if (chance(35)) {
        const std::string read = member_of(body, type);
        if (!read.empty()) return read;
    }
    if (chance(depth > 0 ? 30 : 70)) {
        const Variable* variable = variable_of(body, type);
        if (variable != nullptr) return variable->name;
    }
    switch (type.kind) {
        case Type::Kind::kInt:
            return int_expression(body, depth);
        case Type::Kind::kBool:
            return bool_expression(body, depth);
        case Type::Kind::kString:
            return string_expression(body, depth);
        default:
            return literal(body, type, depth);
    }
}

}  // namespace morpharena::demo
