#include "tools/module_symbols.h"

#include <cxxabi.h>
#include <elfutils/libdwfl.h>
#include <fmt/format.h>
#include <gelf.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <unordered_map>

#include "tools/dwarf_names.h"
#include "tools/function_starts.h"

namespace morpharena::tool {
namespace fs = std::filesystem;
namespace {

std::string hex(const unsigned char* bytes, int count) {
    std::string text;
    for (int i = 0; i < count; ++i) text += fmt::format("{:02x}", bytes[i]);
    return text;
}

bool has_section(Elf* elf, GElf_Word type, const char* name) {
    std::size_t names = 0;
    if (elf == nullptr || elf_getshdrstrndx(elf, &names) != 0) return false;
    for (Elf_Scn* section = nullptr; (section = elf_nextscn(elf, section)) != nullptr;) {
        GElf_Shdr header;
        if (gelf_getshdr(section, &header) == nullptr || header.sh_type == SHT_NOBITS) continue;
        if (type != SHT_NULL && header.sh_type == type) return true;
        const char* found = name == nullptr ? nullptr : elf_strptr(elf, names, header.sh_name);
        if (found != nullptr && std::strcmp(found, name) == 0) return true;
    }
    return false;
}

// Where Debian's packages put the debug information of a file with this build-id.
std::string debug_file_of(const std::string& build_id) {
    if (build_id.size() < 3) return {};
    return "/usr/lib/debug/.build-id/" + build_id.substr(0, 2) + "/" + build_id.substr(2) + ".debug";
}

struct Symbol {
    std::uint64_t begin;  // biased
    std::uint64_t size;   // 0: of hand-written assembly, mostly
    const char* name;
};

// The functions of a module's symbol tables, sorted. dwfl_module_addrinfo looks at every symbol for each
// address: seconds where cc1plus has 31,000 of them and every allocation was counted.
std::vector<Symbol> function_symbols(Dwfl_Module* module) {
    std::vector<Symbol> symbols;
    const int count = dwfl_module_getsymtab(module);
    for (int i = 1; i < count; ++i) {
        GElf_Sym symbol;
        GElf_Addr address = 0;
        GElf_Word section = SHN_UNDEF;
        const char* name = dwfl_module_getsym_info(module, i, &symbol, &address, &section, nullptr, nullptr);
        const auto type = GELF_ST_TYPE(symbol.st_info);
        const bool code = type == STT_FUNC || type == STT_GNU_IFUNC || type == STT_NOTYPE;
        if (name == nullptr || *name == '\0' || section == SHN_UNDEF || section == SHN_ABS || !code) continue;
        symbols.push_back({address, symbol.st_size, name});
    }
    std::stable_sort(symbols.begin(), symbols.end(),
                     [](const Symbol& a, const Symbol& b) { return a.begin < b.begin; });
    return symbols;
}

// The function that covers `address`. The nearest below is not it when it ends before; one without a size is
// taken only where `complete` tables would have a nearer one.
const char* covering(const std::vector<Symbol>& symbols, std::uint64_t address, bool complete) {
    constexpr int kAliases = 16;
    auto at = std::upper_bound(symbols.begin(), symbols.end(), address,
                               [](std::uint64_t a, const Symbol& symbol) { return a < symbol.begin; });
    const char* sizeless = nullptr;
    for (int i = 0; i < kAliases && at != symbols.begin(); ++i) {
        --at;
        if (address - at->begin < at->size) return at->name;
        if (i == 0 && at->size == 0 && complete) sizeless = at->name;
    }
    return sizeless;
}

struct EndDwfl {
    void operator()(Dwfl* dwfl) const { dwfl_end(dwfl); }
};

}  // namespace

const char* name_of(NameSource source) {
    switch (source) {
        case NameSource::debug_information:
            return "debug information";
        case NameSource::symbol_table:
            return "symbol table";
        case NameSource::dynamic_symbols:
            return "dynamic symbols";
        case NameSource::none:
            break;
    }
    return "none";
}

std::string demangled(const char* name) {
    if (std::strncmp(name, "_Z", 2) != 0) return name;
    int status = 0;
    char* text = abi::__cxa_demangle(name, nullptr, nullptr, &status);
    if (text == nullptr) return name;
    std::string result = text;
    std::free(text);
    return result;
}

struct ModuleSymbols::Parts {
    std::string debug_path;
    char* debug_path_text = nullptr;  // libdw wants a char**
    Dwfl_Callbacks callbacks{};
    std::unique_ptr<Dwfl, EndDwfl> dwfl;
    Dwfl_Module* module = nullptr;  // null: nothing is asked
    std::uint64_t bias = 0;
    NameSource source = NameSource::none;
    std::string origin;
    std::unique_ptr<DwarfNames> dwarf;
    FunctionStarts starts;
    std::vector<Symbol> symbols;
    std::unordered_map<std::uint64_t, AddressNames> known;

    void open(const std::string& file);
    std::string build_id() const;
    void find_sources();
    AddressNames look_up(std::uint64_t address);
};

void ModuleSymbols::Parts::open(const std::string& file) {
    module = nullptr;
    debug_path_text = debug_path.data();
    callbacks.find_elf = dwfl_build_id_find_elf;
    callbacks.find_debuginfo =
        dwfl_standard_find_debuginfo;  // asks debuginfod too, where DEBUGINFOD_URLS is set
    callbacks.section_address = dwfl_offline_section_address;
    callbacks.debuginfo_path = &debug_path_text;
    dwfl.reset(dwfl_begin(&callbacks));
    if (!dwfl) return;
    dwfl_report_begin(dwfl.get());
    module = dwfl_report_offline(dwfl.get(), file.c_str(), file.c_str(), -1);
    dwfl_report_end(dwfl.get(), nullptr, nullptr);
    if (module != nullptr && dwfl_module_getelf(module, &bias) == nullptr) module = nullptr;
}

std::string ModuleSymbols::Parts::build_id() const {
    const unsigned char* bits = nullptr;
    GElf_Addr address = 0;
    const int length = dwfl_module_build_id(module, &bits, &address);
    return length > 0 ? hex(bits, length) : std::string();
}

void ModuleSymbols::Parts::find_sources() {
    GElf_Addr ignored = 0;
    const bool debug = dwfl_module_getdwarf(module, &ignored) != nullptr;
    symbols = function_symbols(module);
    const char *main_file = nullptr, *debug_file = nullptr;
    dwfl_module_info(module, nullptr, nullptr, nullptr, nullptr, nullptr, &main_file, &debug_file);
    Elf* elf = dwfl_module_getelf(module, &ignored);
    starts = FunctionStarts(elf);
    const std::string beside = debug_file == nullptr ? "" : fmt::format(" of {}", debug_file);
    if (debug) {
        source = NameSource::debug_information;
        origin = "debug information" + beside;
        dwarf = std::make_unique<DwarfNames>(module);
    } else if (has_section(elf, SHT_SYMTAB, ".gnu_debugdata") || debug_file != nullptr) {
        source = NameSource::symbol_table;
        origin = "symbol table" + beside + ": no inlined functions, no lines";
    } else if (has_section(elf, SHT_DYNSYM, nullptr)) {
        source = NameSource::dynamic_symbols;
        origin = "dynamic symbols: exported functions alone";
    } else {
        origin = "no symbols in the file";
    }
}

AddressNames ModuleSymbols::Parts::look_up(std::uint64_t address) {
    AddressNames names;
    const std::uint64_t biased = address + bias;
    if (dwarf) {
        names.frames = dwarf->frames(biased);
        names.source = NameSource::debug_information;
        if (!names.frames.empty() && !names.frames.back().function.empty()) return names;
    }
    names = {{}, NameSource::none, starts.before(address)};
    const char* name = covering(symbols, biased, source != NameSource::dynamic_symbols);
    if (name == nullptr) return names;
    names.frames.push_back({demangled(name), {}, 0});
    names.source = source == NameSource::debug_information ? NameSource::symbol_table : source;
    return names;
}

ModuleSymbols::ModuleSymbols(const std::string& path, const std::string& build_id,
                             const std::string& debug_path)
    : parts_(std::make_unique<Parts>()) {
    Parts& parts = *parts_;
    parts.debug_path = debug_path;
    std::error_code error;
    std::string problem;
    if (!path.starts_with('/')) {
        problem = "no file";
    } else if (!fs::is_regular_file(path, error)) {
        problem = "the file is gone";
    } else {
        parts.open(path);
        if (parts.module == nullptr) {
            problem = "the file cannot be read as ELF";
        } else if (!build_id.empty() && parts.build_id() != build_id) {
            problem = fmt::format("the file has changed since: it was build-id {}", build_id);
        }
    }
    if (!problem.empty()) {
        // Its debug information may have stayed.
        parts.module = nullptr;
        const std::string debug = debug_file_of(build_id);
        if (!debug.empty() && fs::is_regular_file(debug, error)) parts.open(debug);
        if (parts.module == nullptr || parts.build_id() != build_id) {
            parts.module = nullptr;
            parts.origin = problem;
            return;
        }
    }
    parts.find_sources();
    if (!problem.empty()) parts.origin += " (" + problem + ")";
    if (problem.empty() && build_id.empty()) parts.origin += "; no build-id: whether it changed is unknown";
}

ModuleSymbols::~ModuleSymbols() = default;

AddressNames ModuleSymbols::at(std::uint64_t address) const {
    if (parts_->module == nullptr) return {};
    const auto [entry, fresh] = parts_->known.try_emplace(address);
    if (fresh) entry->second = parts_->look_up(address);
    return entry->second;
}

NameSource ModuleSymbols::source() const {
    return parts_->source;
}

const std::string& ModuleSymbols::origin() const {
    return parts_->origin;
}

const ModuleSymbols& Symbolizer::module(const std::string& path, const std::string& build_id) {
    auto& module = modules_[{path, build_id}];
    if (!module) module = std::make_unique<ModuleSymbols>(path, build_id, debug_path_);
    return *module;
}

}  // namespace morpharena::tool
