// What DWARF knows of an address.
#pragma once

#include <elfutils/libdwfl.h>

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "tools/module_symbols.h"

namespace morpharena::tool {

// The DIEs of one module by address, indexed as far as they are asked for. libdw's own search looks for units
// in .debug_aranges alone, which clang does not write, and for functions not inside of namespaces, where
// clang puts them.
class DwarfNames {
  public:
    explicit DwarfNames(Dwfl_Module* module) : module_(module) {}

    // The function at `address` (biased as dwfl has it) and those inlined there, innermost first; empty when
    // DWARF does not know it.
    std::vector<SourceFrame> frames(std::uint64_t address);

  private:
    struct Range {
        std::uint64_t low, high;  // [low, high)
        Dwarf_Die die;
    };
    class Ranges {
      public:
        void add(Dwarf_Die* die, std::uint64_t bias);
        void sort();
        Dwarf_Die* find(std::uint64_t address);

      private:
        std::vector<Range> ranges_;
    };

    Dwarf_Die* unit_of(std::uint64_t address, std::uint64_t& bias);
    Dwarf_Die* function_of(Dwarf_Die* unit, std::uint64_t address);
    static void collect_functions(Dwarf_Die* parent, Ranges& functions, unsigned depth);

    Dwfl_Module* module_;
    Ranges units_;  // biased
    bool units_known_ = false;
    std::unordered_map<Dwarf_Off, Ranges> functions_;  // by their unit, as DWARF has them
};

}  // namespace morpharena::tool
