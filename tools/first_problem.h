// Several things that are all to be tried, whatever becomes of the others: the table, and each file.
#pragma once

#include <optional>

#include "tools/exit_code.h"

namespace morpharena::tool {

class FirstProblem {
  public:
    // Runs `step`, and keeps the BadInput that it throws unless there is one already.
    template <class Step>
    void attempt(const Step& step) {
        try {
            step();
        } catch (const BadInput& error) {
            if (!problem_) problem_ = error;
        }
    }
    bool any() const { return problem_.has_value(); }
    // Throws what was kept.
    void tell() const {
        if (problem_) throw *problem_;
    }

  private:
    std::optional<BadInput> problem_;
};

}  // namespace morpharena::tool
