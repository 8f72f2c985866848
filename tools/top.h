// `top`: shows a tree again and again, on a screen of its own, or as one table after another in a pipe.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "tools/screen.h"
#include "tools/tree_watch.h"
#include "tools/tree_watcher.h"

namespace morpharena::tool {

class Top : public TreeWatcher {
  public:
    // `where` names what is looked at.
    Top(TreeWatch watch, std::string where, std::chrono::milliseconds interval);

    void begin(const std::filesystem::path& cgroup_file) override;
    std::chrono::milliseconds until_next() const override;
    // Shows the tree when it is time or the screen has another size, and takes a key. A `q` is passed on as
    // SIGINT to ourselves, which is what Ctrl-C is.
    void look() override;

    bool on_screen() const { return screen_ != nullptr; }
    bool asked_to_quit() const { return quit_; }
    // Why tables can no longer be written, and are not; 0 while they can. EPIPE: nobody reads on. A command
    // that runs is not ended for it.
    int output_error() const { return output_error_; }
    bool anybody_alive() const { return !last_.alive.empty(); }
    // Gives the terminal back.
    void leave() { screen_.reset(); }
    int keys() const { return screen_ ? screen_->keys() : -1; }

  private:
    void draw();

    TreeWatch watch_;
    std::string where_;
    std::chrono::milliseconds interval_;
    std::unique_ptr<Screen> screen_;
    TreeSnapshot last_;
    ScreenSize drawn_;
    std::chrono::steady_clock::time_point next_{};
    bool colour_;
    bool quit_ = false;
    int output_error_ = 0;
};

}  // namespace morpharena::tool
