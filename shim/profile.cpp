#include "shim/profile.h"

#include <dlfcn.h>
#include <string.h>

#include <array>
#include <string_view>

#include "core/base/text.h"
#include "core/heap/process_heap.h"
#include "shim/find_next.h"

namespace morpharena {

namespace {

void load_profile();

void complain(std::string_view reason) {
    std::array<char, 400> buffer;
    Text expected(buffer);
    expected.add("can't be taken (").add(reason).add("); a build with the option profile has the library");
    process_heap.complain("MORPHARENA_PROFILE", "the profile", expected.view());
}

// The library's path, with the directory of our own.
bool find_beside(Text& path) {
    int (*get_info)(const void*, Dl_info*) = nullptr;
    find_next(get_info, "dladdr");
    Dl_info info{};
    if (get_info == nullptr || get_info(reinterpret_cast<const void*>(&load_profile), &info) == 0 ||
        info.dli_fname == nullptr)
        return false;
    const std::string_view own = info.dli_fname;
    const std::size_t slash = own.rfind('/');
    if (slash != std::string_view::npos) path.add({own.data(), slash + 1});
    return !path.add("libmorpharena-profile.so").cut();
}

void load_profile() {
    std::array<char, 4096> buffer;
    Text path(buffer);
    void* (*open)(const char*, int) = nullptr;
    char* (*error)() = nullptr;
    find_next(open, "dlopen");
    find_next(error, "dlerror");
    if (open == nullptr || error == nullptr || !find_beside(path)) return complain("no dlopen");
    // All names bound at once: the first sample must not begin with the loader's search.
    void* library = open(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    const char* wrong = nullptr;
    if (library == nullptr) {
        wrong = error();
        return complain(wrong != nullptr ? wrong : "dlopen");
    }
    const auto entry = reinterpret_cast<ProfileEntryPoint>(dlsym(library, kProfileEntry));
    if (entry == nullptr) return complain("it has no morpharena_profile");
    const ProfileHooks* hooks = entry();
    if (hooks == nullptr) return complain("libunwind refuses");
    wrong = process_heap.start_profile(*hooks);
    if (wrong != nullptr) complain(wrong);
}

}  // namespace

void load_profile_later() {
    process_heap.expect_profile(load_profile);
}

}  // namespace morpharena
