// Statements of the generated program, and the blocks that release the roots which were pushed inside them.
#include <fmt/format.h>

#include <algorithm>

#include "program.h"

namespace morpharena::demo {

namespace {

constexpr std::size_t kDepth = 2;  // deepest nesting of an expression
constexpr int kNesting = 3;        // nesting of blocks

}  // namespace

void ProgramWriter::declare(Body& body, const Type& type, const std::string& name, const std::string& value) {
    body.text += fmt::format("\t{} {} = {};\n", type.c_name(), name, value);
    if (type.is_object()) {
        body.text += fmt::format("\tfx_push_root(ctx, (void**)&{});\n", name);
        body.roots.back()++;
    }
    body.variables.push_back({name, type});
}

void ProgramWriter::write_declaration(Body& body) {
    const Type type = random_type();
    const std::string value = expression(body, type, 1 + static_cast<int>(below(kDepth)));
    declare(body, type, fresh("local"), value);
}

void ProgramWriter::write_assignment(Body& body) {
    const Type type = random_type();
    const Variable* target = variable_of(body, type);
    if (target == nullptr) return write_declaration(body);
    const std::string name = target->name;
    body.text += fmt::format("\t{} = {};\n", name, expression(body, type, 1));
}

void ProgramWriter::write_member_assignment(Body& body) {
    std::vector<Variable> objects;
    std::ranges::copy_if(body.variables, std::back_inserter(objects),
                         [](const Variable& v) { return v.type.kind == Type::Kind::kRecord; });
    if (objects.empty()) return write_declaration(body);
    const Variable object = objects[below(objects.size())];
    const std::vector<Variable>& members = records_[object.type.record].members;
    const Variable member = members[below(members.size())];
    const std::string holder = fresh("obj");
    const std::string value = fresh("val");
    const int roots = member.type.is_object() ? 2 : 1;
    body.text += fmt::format("\t({{ {0} {1} = {2}; fx_push_root(ctx, (void**)&{1}); {3} {4} = {5};",
                             object.type.c_name(), holder, object.name, member.type.c_name(), value,
                             expression(body, member.type, 1));
    if (roots == 2) body.text += fmt::format(" fx_push_root(ctx, (void**)&{});", value);
    body.text +=
        fmt::format(" {}->{} = {}; fx_pop_roots(ctx, {}); }});\n", holder, member.name, value, roots);
}

void ProgramWriter::write_block(Body& body, int nesting) {
    const std::size_t visible = body.variables.size();
    body.text += "{\n";
    body.roots.push_back(0);
    for (std::size_t i = 0, count = 1 + below(3); i < count && body.budget > 0; ++i)
        write_statement(body, nesting);
    if (body.roots.back() > 0) body.text += fmt::format("\tfx_pop_roots(ctx, {});\n", body.roots.back());
    body.roots.pop_back();
    body.variables.resize(visible);
    body.text += "}\n";
}

void ProgramWriter::write_branch(Body& body, int nesting) {
    body.text += fmt::format("\tif ({}) {{\n", bool_expression(body, 1));
    write_block(body, nesting + 1);
    if (chance(40)) {
        body.text += "\t} else {\n";
        write_block(body, nesting + 1);
    }
    body.text += "\t}\n";
}

void ProgramWriter::write_loop(Body& body, int nesting) {
    const std::string counter = fresh("i");
    body.text += fmt::format("\tfx_int {0} = 0;\n\twhile (({0} < {1})) {{\n", counter, 2 + below(2));
    write_block(body, nesting + 1);
    body.text += fmt::format("\t{0} = ({0} + 1);\n\t}}\n", counter);
}

void ProgramWriter::write_early_return(Body& body) {
    body.text += fmt::format("\tif ({}) {{\n{{\n", bool_expression(body, 1));
    write_return(body);
    body.text += "}\n\t}\n";
}

void ProgramWriter::write_return(Body& body) {
    const Type& type = body.function->result;
    const std::string result = fresh("ret");
    int roots = 0;
    for (int pushed : body.roots) roots += pushed;
    std::string value = expression(body, type, 1);
    // Bounded, so that numbers don't overflow and strings don't grow on their way up the call tree.
    if (type.kind == Type::Kind::kInt) value = fmt::format("({} % 65521)", value);
    if (type.kind == Type::Kind::kString) {
        const std::string whole = fresh("whole");
        value = fmt::format(
            "({{ FxString* {0} = {1}; fx_push_root(ctx, (void**)&{0}); FxString* {2} = "
            "fx_string_slice(ctx, {0}, 0, 48); fx_pop_roots(ctx, 1); {2}; }})",
            whole, value, fresh("part"));
    }
    body.text += fmt::format("\t{} {} = {};\n\tfx_pop_roots(ctx, {});\n\treturn {};\n", type.c_name(), result,
                             value, roots, result);
}

void ProgramWriter::write_statement(Body& body, int nesting) {
    body.budget--;
    const std::size_t pick = below(100);
    const bool deep = nesting >= kNesting;
    if (pick < 18) return write_declaration(body);
    if (pick < 28) return write_assignment(body);
    if (pick < 45) return write_member_assignment(body);
    if (pick < 78 || deep) return write_early_return(body);
    if (pick < 93) return write_branch(body, nesting);
    return write_loop(body, nesting);
}

}  // namespace morpharena::demo
