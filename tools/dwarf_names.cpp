#include "tools/dwarf_names.h"

#include <dwarf.h>

#include <algorithm>

namespace morpharena::tool {
namespace {

std::string function_name(Dwarf_Die* die) {
    Dwarf_Attribute attribute;
    for (const unsigned name : {DW_AT_linkage_name, DW_AT_MIPS_linkage_name}) {
        if (dwarf_attr_integrate(die, name, &attribute) == nullptr) continue;
        if (const char* mangled = dwarf_formstring(&attribute)) return demangled(mangled);
    }
    const char* plain = dwarf_diename(die);
    return plain == nullptr ? std::string() : plain;
}

std::string source_file(Dwarf_Die* unit, unsigned index) {
    Dwarf_Files* files = nullptr;
    std::size_t count = 0;
    if (dwarf_getsrcfiles(unit, &files, &count) != 0 || index >= count) return {};
    const char* name = dwarf_filesrc(files, index, nullptr, nullptr);
    return name == nullptr ? std::string() : name;
}

unsigned number(Dwarf_Die* die, unsigned name) {
    Dwarf_Attribute attribute;
    Dwarf_Word value = 0;
    if (dwarf_attr(die, name, &attribute) == nullptr || dwarf_formudata(&attribute, &value) != 0) return 0;
    return static_cast<unsigned>(value);
}

// Calls `visit` with each child.
template <typename Visit>
void for_children(Dwarf_Die* parent, Visit visit) {
    Dwarf_Die child;
    if (dwarf_child(parent, &child) != 0) return;
    do {
        if (!visit(&child)) return;
    } while (dwarf_siblingof(&child, &child) == 0);
}

// Deeper nesting than any compiler's is a file made to hurt.
constexpr unsigned kDeepest = 500;

// The functions inlined at `address` below `scope`, outermost first.
void collect_inlines(Dwarf_Die* scope, std::uint64_t address, std::vector<Dwarf_Die>& chain,
                     unsigned depth = 0) {
    if (depth == kDeepest) return;
    for_children(scope, [&](Dwarf_Die* child) {
        const int tag = dwarf_tag(child);
        const bool nested = tag == DW_TAG_inlined_subroutine || tag == DW_TAG_lexical_block;
        if (!nested || dwarf_haspc(child, address) != 1) return true;
        if (tag == DW_TAG_inlined_subroutine) chain.push_back(*child);
        collect_inlines(child, address, chain, depth + 1);
        return false;  // no second one can hold the address
    });
}

SourceFrame place_of(Dwarf_Die* unit, std::uint64_t address) {
    SourceFrame place;
    Dwarf_Line* line = dwarf_getsrc_die(unit, address);
    if (line == nullptr) return place;
    int number_of_line = 0;
    dwarf_lineno(line, &number_of_line);
    const char* file = dwarf_linesrc(line, nullptr, nullptr);
    place.file = file == nullptr ? "" : file;
    place.line = static_cast<unsigned>(std::max(number_of_line, 0));
    return place;
}

}  // namespace

void DwarfNames::Ranges::add(Dwarf_Die* die, std::uint64_t bias) {
    Dwarf_Addr base = 0, low = 0, high = 0;
    for (ptrdiff_t at = 0; (at = dwarf_ranges(die, at, &base, &low, &high)) > 0;) {
        ranges_.push_back({low + bias, high + bias, *die});
    }
}

void DwarfNames::Ranges::sort() {
    std::sort(ranges_.begin(), ranges_.end(), [](const Range& a, const Range& b) { return a.low < b.low; });
}

Dwarf_Die* DwarfNames::Ranges::find(std::uint64_t address) {
    const auto after = std::upper_bound(ranges_.begin(), ranges_.end(), address,
                                        [](std::uint64_t a, const Range& range) { return a < range.low; });
    if (after == ranges_.begin() || address >= std::prev(after)->high) return nullptr;
    return &std::prev(after)->die;
}

Dwarf_Die* DwarfNames::unit_of(std::uint64_t address, std::uint64_t& bias) {
    if (Dwarf_Die* unit = dwfl_module_addrdie(module_, address, &bias)) return unit;
    if (!units_known_) {
        units_known_ = true;
        for (Dwarf_Die* unit = nullptr; (unit = dwfl_module_nextcu(module_, unit, &bias)) != nullptr;) {
            units_.add(unit, bias);
        }
        units_.sort();
    }
    dwfl_module_getdwarf(module_, &bias);
    return units_.find(address);
}

void DwarfNames::collect_functions(Dwarf_Die* parent, Ranges& functions, unsigned depth) {
    if (depth == kDeepest) return;
    for_children(parent, [&](Dwarf_Die* child) {
        switch (dwarf_tag(child)) {
            case DW_TAG_subprogram:
                functions.add(child, 0);
                break;
            case DW_TAG_namespace:
            case DW_TAG_module:
            case DW_TAG_class_type:
            case DW_TAG_structure_type:
                collect_functions(child, functions, depth + 1);
                break;
            default:
                break;
        }
        return true;
    });
}

Dwarf_Die* DwarfNames::function_of(Dwarf_Die* unit, std::uint64_t address) {
    const auto [entry, fresh] = functions_.try_emplace(dwarf_dieoffset(unit));
    if (fresh) {
        collect_functions(unit, entry->second, 0);
        entry->second.sort();
    }
    return entry->second.find(address);
}

std::vector<SourceFrame> DwarfNames::frames(std::uint64_t address) {
    std::uint64_t bias = 0;
    Dwarf_Die* unit = unit_of(address, bias);
    if (unit == nullptr) return {};
    Dwarf_Die* function = function_of(unit, address - bias);
    if (function == nullptr) return {};
    std::vector<Dwarf_Die> chain = {*function};
    collect_inlines(function, address - bias, chain);

    std::vector<SourceFrame> frames;
    SourceFrame place = place_of(unit, address - bias);
    for (auto scope = chain.rbegin(); scope != chain.rend(); ++scope) {
        place.function = function_name(&*scope);
        frames.push_back(place);
        place.file = source_file(unit, number(&*scope, DW_AT_call_file));
        place.line = number(&*scope, DW_AT_call_line);
    }
    return frames;
}

}  // namespace morpharena::tool
