// The names behind addresses of one executable or library, read from its file long after the process has
// gone: functions, those inlined into them, files and lines where there is debug information; else what the
// symbol tables know; else nothing. Wrong names are worse than none, so a file that is not the one that ran
// is not asked.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace morpharena::tool {

// From best to worst.
enum class NameSource { debug_information, symbol_table, dynamic_symbols, none };
const char* name_of(NameSource source);  // the word in JSON: "debug information", "symbol table", ...

// A function at one place of its source.
struct SourceFrame {
    std::string function;  // demangled; empty where nothing is known
    std::string file;      // as the compiler was given it; empty where nothing is known
    unsigned line = 0;
    bool operator==(const SourceFrame&) const = default;
};

struct AddressNames {
    std::vector<SourceFrame> frames;  // innermost first; each but the last was inlined into the next
    NameSource source = NameSource::none;
    std::optional<std::uint64_t> start;  // of a function without a name, where the file tells
};

class ModuleSymbols {
  public:
    // Where debug information is looked for besides the build-id's place, as libdw's debuginfo_path has it.
    static constexpr const char* kDebugPath = ":.debug:/usr/lib/debug";

    // `build_id` in hexadecimal as it was when the process ran; empty: the file had none, and whether it is
    // still the same cannot be told.
    ModuleSymbols(const std::string& path, const std::string& build_id,
                  const std::string& debug_path = kDebugPath);
    ~ModuleSymbols();
    ModuleSymbols(const ModuleSymbols&) = delete;
    ModuleSymbols& operator=(const ModuleSymbols&) = delete;

    // `address` as in the file's own headers: less the load bias. No frames where nothing is known of it.
    AddressNames at(std::uint64_t address) const;

    // The best that the file has, whether or not it covers an address.
    NameSource source() const;
    // For people: where the names come from, or why there are none.
    const std::string& origin() const;

  private:
    struct Parts;
    std::unique_ptr<Parts> parts_;
};

// Modules are opened once and addresses looked up once, however many processes mapped them.
class Symbolizer {
  public:
    explicit Symbolizer(std::string debug_path = ModuleSymbols::kDebugPath)
        : debug_path_(std::move(debug_path)) {}

    const ModuleSymbols& module(const std::string& path, const std::string& build_id);

  private:
    std::string debug_path_;
    std::map<std::pair<std::string, std::string>, std::unique_ptr<ModuleSymbols>> modules_;
};

// A C++ or (old style) Rust name as the programmer wrote it; any other as it is.
std::string demangled(const char* name);

}  // namespace morpharena::tool
