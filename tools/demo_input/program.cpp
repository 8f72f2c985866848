// The program as a whole: its records, its functions and its entry point.
#include "program.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

namespace morpharena::demo {

namespace {

constexpr std::size_t kLayers = 3;  // depth of the call tree below the entry point
constexpr std::size_t kFunctionsARecord = 8;
constexpr std::size_t kMostRecords = 40;  // n0's largest module has 31 types
constexpr std::size_t kEntryCalls = 16;   // keeps the run time of the program apart from its size
constexpr int kFewestStatements = 3;
constexpr std::size_t kMoreStatements = 9;

}  // namespace

std::string Type::c_name() const {
    switch (kind) {
        case Kind::kInt:
            return "fx_int";
        case Kind::kBool:
            return "fx_bool";
        case Kind::kString:
            return "FxString*";
        case Kind::kArray:
            return "FxArray*";
        case Kind::kRecord:
            break;
    }
    return fmt::format("fx_Record{}*", record);
}

ProgramWriter::ProgramWriter(std::uint64_t seed, std::size_t functions) : random_(seed) {
    if (functions == 0) throw std::invalid_argument("a program needs at least 1 function");
    records_.resize(std::clamp<std::size_t>(functions / kFunctionsARecord, 2, kMostRecords));
    make_records();
    make_functions(functions);
}

std::size_t ProgramWriter::below(std::size_t limit) {
    return static_cast<std::size_t>(random_() % limit);
}

bool ProgramWriter::chance(int percent) {
    return below(100) < static_cast<std::size_t>(percent);
}

std::string ProgramWriter::fresh(const char* stem) {
    return fmt::format("_{}_{}", stem, ++next_temporary_);
}

Type ProgramWriter::random_type() {
    switch (below(8)) {
        case 0:
        case 1:
            return {Type::Kind::kInt};
        case 2:
            return {Type::Kind::kBool};
        case 3:
        case 4:
            return {Type::Kind::kString};
        case 5:
            return {Type::Kind::kArray};
        default:
            return {Type::Kind::kRecord, below(records_.size())};
    }
}

void ProgramWriter::make_records() {
    for (std::size_t i = 0; i < records_.size(); ++i) {
        Record& record = records_[i];
        record.name = fmt::format("fx_Record{}", i);
        record.members = {{"kind", {Type::Kind::kInt}}, {"text", {Type::Kind::kString}}};
        for (std::size_t k = 0, more = 1 + below(4); k < more; ++k) {
            static constexpr Type::Kind kPlain[] = {Type::Kind::kInt, Type::Kind::kBool, Type::Kind::kString};
            record.members.push_back({fmt::format("field_{}", k), {kPlain[below(3)]}});
        }
        // Half the number, so that a literal nests only as deep as the logarithm of the number of records.
        if (i > 0 && chance(30)) record.members.push_back({"child", {Type::Kind::kRecord, i / 2}});
        if (chance(30)) record.members.push_back({"items", {Type::Kind::kArray}});
    }
}

void ProgramWriter::make_functions(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
        Function function{
            fmt::format("fx_module{}_step_{}", i / 20, i), random_type(), {}, i * kLayers / count};
        for (std::size_t k = 0, parameters = 1 + below(3); k < parameters; ++k) {
            function.parameters.push_back({fmt::format("in_{}", k), random_type()});
        }
        functions_.push_back(std::move(function));
    }
}

std::string ProgramWriter::struct_definitions() const {
    std::string text = "// Type numbers\n";
    for (std::size_t i = 0; i < records_.size(); ++i) {
        text += fmt::format("#define FX_TYPE_{} {}\n", records_[i].name, i + 1);
    }
    text += "\n// Struct definitions\n";
    for (const Record& record : records_) text += fmt::format("typedef struct {0} {0};\n", record.name);
    for (const Record& record : records_) {
        text += fmt::format("struct {} {{\n", record.name);
        for (const Variable& member : record.members) {
            text += fmt::format("\t{} {};\n", member.type.c_name(), member.name);
        }
        text += "};\n\n";
        std::string offsets;
        std::size_t pointers = 0;
        for (const Variable& member : record.members) {
            if (!member.type.is_object()) continue;
            offsets +=
                fmt::format("{}offsetof({}, {})", pointers++ == 0 ? "" : ", ", record.name, member.name);
        }
        text += fmt::format("size_t fx_offsets_{}[] = {{ {} }};\n", record.name, offsets);
        text += fmt::format("FxTypeInfo fx_type_{0} = {{ \"{0}\", sizeof({0}), {1}, fx_offsets_{0} }};\n\n",
                            record.name, pointers);
    }
    return text;
}

std::string ProgramWriter::signature(const Function& function) const {
    std::string text =
        fmt::format("{} {}(FxContext* ctx, void* _env", function.result.c_name(), function.name);
    for (const Variable& parameter : function.parameters) {
        text += fmt::format(", {} {}", parameter.type.c_name(), parameter.name);
    }
    return text + ")";
}

std::string ProgramWriter::function_text(const Function& function) {
    Body body;
    body.function = &function;
    body.roots = {0};
    body.budget = kFewestStatements + static_cast<int>(below(kMoreStatements));
    body.text = signature(function) + " {\n";
    for (const Variable& parameter : function.parameters) {
        body.variables.push_back(parameter);
        if (!parameter.type.is_object()) continue;
        body.text += fmt::format("\tfx_push_root(ctx, (void**)&{});\n", parameter.name);
        body.roots.back()++;
    }
    while (body.budget > 0) write_statement(body, 0);
    write_return(body);
    return body.text + "}\n\n";
}

std::string ProgramWriter::entry_point() {
    Body body;
    const Function caller{"fx_entry_point", {}, {}, kLayers};
    body.function = &caller;
    body.roots = {0};
    body.text = "// Entry point\nvoid fx_entry_point(FxContext* ctx) {\n";
    std::size_t calls = 0;
    for (auto it = functions_.rbegin(); it != functions_.rend() && calls < kEntryCalls; ++it, ++calls) {
        const std::string result = fresh("local");
        declare(body, it->result, result, call(body, *it, 1));
        switch (it->result.kind) {
            case Type::Kind::kInt:
            case Type::Kind::kBool:
                body.text += fmt::format("\tfx_print_int(ctx, {});\n", result);
                break;
            case Type::Kind::kString:
                body.text += fmt::format("\tfx_print(ctx, {});\n", result);
                break;
            case Type::Kind::kArray:
                body.text += fmt::format("\tfx_print_int(ctx, {}->length);\n", result);
                break;
            case Type::Kind::kRecord:
                body.text += fmt::format("\tfx_print(ctx, {}->text);\n", result);
                break;
        }
    }
    body.text += fmt::format("\tfx_pop_roots(ctx, {});\n}}\n", body.roots.back());
    return body.text;
}

std::string ProgramWriter::write() {
    std::string text = "#include \"morph.h\"\n\n" + struct_definitions() + "// Function prototypes\n";
    for (const Function& function : functions_) text += signature(function) + ";\n";
    text += "\n// Function definitions\n";
    for (const Function& function : functions_) text += function_text(function);
    return text + entry_point();
}

}  // namespace morpharena::demo
