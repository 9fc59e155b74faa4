/* The floor of a delivery: writes the same bytes to every socket that has connected, as often as it is told. Usage: floor LENGTH; prints its port;
   a line on standard input is how many times. */
#include <arpa/inet.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { most = 20000 };

int main(int count, char **words) {
  int length = count > 1 ? atoi(words[1]) : 400;
  signal(SIGPIPE, SIG_IGN);
  /* Or lines would wait in its buffer where poll does not see them. */
  setvbuf(stdin, NULL, _IONBF, 0);
  char *bytes = malloc(length);
  memset(bytes, 'x', length);
  int listener = socket(AF_INET, SOCK_STREAM, 0);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t size = sizeof address;
  if (bind(listener, (struct sockaddr *)&address, size) || listen(listener, 4096)) return 1;
  getsockname(listener, (struct sockaddr *)&address, &size);
  printf("listening on tcp://127.0.0.1:%d\n\n", ntohs(address.sin_port));
  fflush(stdout);
  static int sockets[most];
  int open = 0;
  struct pollfd waited[2] = {{.fd = listener, .events = POLLIN}, {.fd = 0, .events = POLLIN}};
  for (;;) {
    if (poll(waited, 2, -1) < 0) return 1;
    if ((waited[0].revents & POLLIN) && open < most) sockets[open++] = accept(listener, NULL, NULL);
    if (waited[1].revents & (POLLIN | POLLHUP)) {
      char line[64];
      if (fgets(line, sizeof line, stdin) == NULL) return 0;
      for (int times = atoi(line); times > 0; times -= 1)
        for (int i = 0; i < open;) {
          if (write(sockets[i], bytes, length) == length) i += 1;
          else {
            /* Whoever has left. */
            close(sockets[i]);
            sockets[i] = sockets[--open];
          }
        }
    }
  }
}
