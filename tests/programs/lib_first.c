/* Does nothing, but is linked with -z initfirst: loaded after ours, it is initialized first in its place. */
extern int first_of_all;
int first_of_all;
