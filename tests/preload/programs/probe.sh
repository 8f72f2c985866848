# A configure script in small: compiles and runs its checks, reads what the compiler writes to stderr, and writes
# config.h, config.cache and config.log.
set -u
cc=${CC-gcc}
: >config.h
: >config.cache
: >config.log

# answer NAME VALUE: shown, cached, and defined when it is a yes.
answer() {
    echo "checking $1... $2"
    echo "cached_$1='$2'" >>config.cache
    if [ "$2" = yes ]; then echo "#define $1 1" >>config.h; else echo "/* #undef $1 */" >>config.h; fi
}

# runs NAME: yes when the program on stdin compiles without a word on stderr, and exits with 0. Compiled and linked in two
# steps, since ld would otherwise quote the random name of a temporary object.
runs() {
    cat >conftest.c
    result=no
    if { $cc -c -o conftest.o conftest.c && $cc -o conftest conftest.o; } 2>conftest.err && [ ! -s conftest.err ]; then
        if ./conftest 2>conftest.err && [ ! -s conftest.err ]; then result=yes; fi
    fi
    cat conftest.err >>config.log
    answer "$1" "$result"
    rm -f conftest conftest.*
}

runs HAVE_MALLOC <<'C'
#include <stdlib.h>
int main(void) { void *p = malloc(0); int bad = !p; free(p); return bad; }
C
runs HAVE_REALLOC <<'C'
#include <stdlib.h>
int main(void) { void *p = realloc(0, 0); int bad = !p; free(p); return bad; }
C
runs HAVE_CALLOC_OVERFLOW_CHECK <<'C'
#include <stdlib.h>
#include <stdint.h>
volatile size_t half = SIZE_MAX / 2;
int main(void) { return calloc(half, 3) != 0; }
C
runs REALLOC_ZERO_FREES <<'C'
#include <stdlib.h>
volatile size_t zero = 0;
int main(void) { void *p = malloc(8); return realloc(p, zero) != 0; }
C
runs HAVE_ALIGNED_ALLOC <<'C'
#include <stdlib.h>
#include <stdint.h>
int main(void) { return (uintptr_t)aligned_alloc(4096, 8192) % 4096 != 0; }
C
runs HAVE_WORKING_FORK <<'C'
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>
int main(void) {
    void *kept = malloc(100);
    int status = 1;
    pid_t child = fork();
    if (child == 0) { free(kept); _exit(malloc(1000) == 0); }
    return waitpid(child, &status, 0) != child || status != 0;
}
C
runs HAVE_NO_SUCH_CALL <<'C'
int no_such_call(void);
int main(void) { return no_such_call(); }
C

# As libtool does: an option is supported when the compiler says nothing about it.
echo 'int x;' >conftest.c
for flag in -O2 -fPIC -fno-such-option; do
    said=$($cc $flag -c conftest.c -o conftest.o 2>&1 >/dev/null)
    if [ -z "$said" ]; then answer "FLAG$(echo "$flag" | tr -c 'a-zA-Z0-9\n' _)" yes
    else answer "FLAG$(echo "$flag" | tr -c 'a-zA-Z0-9\n' _)" no; echo "$said" >>config.log; fi
done
echo "word $(echo int | sed 's/int/long/' | awk '{ print toupper($1) }') from a pipe" >>config.cache
rm -f conftest*
