#include "profile/walker.h"

#include "profile/rule_finder.h"

namespace morpharena::profile {

namespace {

constexpr std::size_t kFirstRules = 4096;

std::uint64_t mix(std::uint64_t hash, std::uint64_t word) {
    hash = (hash ^ word) * 0x9e3779b97f4a7c15u;
    return hash ^ hash >> 29;
}

}  // namespace

void Walker::distrust() {
    never_ask_ = never_ask_ || asking_;
    rules_ = {};  // not unmapped: the table may have been about to be replaced
    used_ = 0;
    modules_.forget();
    stacks_.forget();
}

std::size_t Walker::slot_of(std::uintptr_t place) const {
    const std::size_t mask = rules_.size() - 1;
    std::size_t slot = (place * 0x9e3779b97f4a7c15u) >> 20 & mask;
    while (rules_[slot].place != 0 && rules_[slot].place != place) slot = (slot + 1) & mask;
    return slot;
}

bool Walker::make_room() {
    if (rules_.size() != 0 && used_ < rules_.size() / 2) return true;
    Pages<UnwindRule> before;
    before.swap(rules_);
    if (!rules_.make(before.size() == 0 ? kFirstRules : 2 * before.size())) {
        rules_.swap(before);
        return rules_.size() != 0 && used_ < rules_.size() - 1;
    }
    for (std::size_t i = 0; i < before.size(); ++i) {
        if (before[i].place != 0) rules_[slot_of(before[i].place)] = before[i];
    }
    before.drop();
    return true;
}

UnwindRule Walker::ask(std::uintptr_t place) {
    UnwindRule rule;
    rule.module = modules_.find(place);
    if (rule.module != Modules::kNone && !never_ask_) {
        const std::uint16_t module = rule.module;
        asking_ = true;
        rule = find_rule(place, modules_[module].tables);
        asking_ = false;
        rule.module = module;
    }
    rule.place = place;
    return rule;
}

const UnwindRule& Walker::rule_at(std::uintptr_t place) {
    if (!make_room()) return spare_ = ask(place);
    UnwindRule& rule = rules_[slot_of(place)];
    const bool known = rule.place != 0 && rule.module != Modules::kNone && modules_.still(rule.module, place);
    if (known) return rule;
    used_ += rule.place == 0;
    return rule = ask(place);
}

void Walker::walk(Registers registers, ProfileFile& file, Stack& stack) {
    modules_.begin_sample();
    stack.count = 0;
    stack.flags = kSiteNotUnwound;
    stack.hash = 0;
    StackRange range = stacks_.find(registers.sp);
    bool interrupted = true;  // the first is not a return address either
    const auto add = [&stack](ProfileFrame frame) {
        if (stack.count == kMostFrames) return false;
        stack.frames[stack.count++] = frame;
        stack.hash = mix(stack.hash, frame);
        return true;
    };
    for (;;) {
        if (registers.pc == 0) {
            stack.flags = 0;
            return;
        }
        const std::uintptr_t place = interrupted ? registers.pc : registers.pc - 1;
        const UnwindRule& rule = rule_at(place);
        if (rule.module == Modules::kNone) {
            if (!add(make_frame(kNoModule, place + 1))) stack.flags = kSiteCut;
            return;
        }
        const Module& module = modules_[rule.module];
        if (stack.count != 0 || !module.allocator) {
            const std::uint32_t index = modules_.note(rule.module, file);
            const std::uint64_t base = index == kNoModule ? 0 : module.bias;
            if (!add(make_frame(index, place + 1 - base))) {
                stack.flags = kSiteCut;
                return;
            }
        }
        if (rule.kind == UnwindRule::Kind::last) {
            stack.flags = 0;
            return;
        }
        if (rule.kind == UnwindRule::Kind::none) return;
        const std::uintptr_t before = registers.sp;
        if (!step(rule, registers, [&range](std::uintptr_t address) { return range.holds(address); })) return;
        interrupted = rule.signal_frame;
        if (interrupted) {
            // The handler may have run on a stack of its own.
            if (!range.holds(registers.sp)) range = stacks_.find(registers.sp);
        } else if (registers.sp <= before) {
            return;
        }
    }
}

}  // namespace morpharena::profile
