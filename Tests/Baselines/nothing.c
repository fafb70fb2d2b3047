/* A process that begins and ends: what the system itself costs. */
int main(void) { return 0; }
