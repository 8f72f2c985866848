// The two files that every generated program shares, as they stand in runtime/.
#pragma once

namespace morpharena::demo {

extern const char* const kMorphHeader;    // morph.h
extern const char* const kRuntimeSource;  // runtime.c

}  // namespace morpharena::demo
