// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/ipv6_route.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "bpf/network.h"

static void run(char *const argv[])
{
	pid_t child;
	int status;

	cr_assert_eq(posix_spawnp(&child, argv[0], NULL, NULL, argv, environ), 0);
	cr_assert_eq(waitpid(child, &status, 0), child);
	cr_assert_eq(status, 0, "%s %s", argv[0], argv[1]);
}

/* Runs `ip` with words that a blank separates. */
static void run_ip(const char *words)
{
	char copy[200], *argv[20] = {0}, *rest = copy;
	int argc = 0;

	snprintf(copy, sizeof(copy), "ip %s", words);
	for (char *word; (word = strsep(&rest, " ")) && argc < 19;)
		argv[argc++] = word;
	run(argv);
}

void network_rules(const char *rules)
{
	char nft[] = "nft", text[400];
	char *argv[] = {nft, text, NULL};

	snprintf(text, sizeof(text), "%s", rules);
	run(argv);
}

void network_new(void)
{
	cr_assert_eq(unshare(CLONE_NEWNET), 0, "%s", strerror(errno));
	run_ip("link set lo up");
}

/* Is the address in the table of local routes? IPv6 puts it there later, and until then it blinks.
 */
static bool is_local(void *data)
{
	const char *address = data;
	char digits[33] = "", line[256];
	struct in6_addr wanted;
	bool found = false;
	FILE *routes;

	if (inet_pton(AF_INET6, address, &wanted) != 1)
		return true;
	for (int i = 0; i < 16; i++)
		snprintf(digits + 2 * i, sizeof(digits) - 2 * i, "%02x", wanted.s6_addr[i]);
	routes = fopen("/proc/net/ipv6_route", "re");
	cr_assert_not_null(routes);
	while (fgets(line, sizeof(line), routes)) {
		unsigned int flags;

		/* destination, length, source, length, gateway, metric, counters, flags */
		if (!strncmp(line, digits, 32) &&
		    sscanf(line, "%*s %*s %*s %*s %*s %*s %*s %*s %x", &flags) == 1 &&
		    flags & RTF_LOCAL)
			found = true;
	}
	fclose(routes);
	return found;
}

void network_address(const char *address)
{
	char words[100];

	snprintf(words, sizeof(words), "addr add %s dev lo%s", address,
		 strchr(address, ':') ? " nodad" : "");
	run_ip(words);
	network_await(address, is_local, (void *)address);
}

void network_veth(const char *left, const char *right, unsigned int mtu)
{
	const char *ends[] = {left, right};
	char words[160];

	snprintf(words, sizeof(words), "link add name %s mtu %u type veth peer name %s mtu %u",
		 left, mtu, right, mtu);
	run_ip(words);
	for (int i = 0; i < 2; i++) {
		snprintf(words, sizeof(words), "link set %s up", ends[i]);
		run_ip(words);
	}
}

void network_mac(const char *interface, const uint8_t mac[6])
{
	char words[100];

	snprintf(words, sizeof(words), "link set %s address %02x:%02x:%02x:%02x:%02x:%02x",
		 interface, mac[0], mac[1], mac[2], mac[3], mac[4], mac[5]);
	run_ip(words);
}

void network_sysctl(const char *path, const char *value)
{
	char full[160];
	int fd;

	snprintf(full, sizeof(full), "/proc/sys/net/%s", path);
	fd = open(full, O_WRONLY | O_CLOEXEC);
	cr_assert(fd >= 0 && write(fd, value, strlen(value)) > 0, "%s: %s", full, strerror(errno));
	close(fd);
}

socklen_t network_sockaddr(const char *address, uint16_t port, struct sockaddr_storage *out)
{
	struct sockaddr_in6 *six = (struct sockaddr_in6 *)out;
	struct sockaddr_in *four = (struct sockaddr_in *)out;

	memset(out, 0, sizeof(*out));
	if (strchr(address, ':')) {
		six->sin6_family = AF_INET6;
		six->sin6_port = htons(port);
		cr_assert_eq(inet_pton(AF_INET6, address, &six->sin6_addr), 1);
		return sizeof(*six);
	}
	four->sin_family = AF_INET;
	four->sin_port = htons(port);
	cr_assert_eq(inet_pton(AF_INET, address, &four->sin_addr), 1);
	return sizeof(*four);
}

int network_bound(int type, const char *address, uint16_t port)
{
	struct sockaddr_storage name;
	socklen_t size = network_sockaddr(address, port, &name);
	int fd = socket(name.ss_family, type | SOCK_CLOEXEC, 0);

	cr_assert(fd >= 0, "%s", strerror(errno));
	cr_assert_eq(bind(fd, (struct sockaddr *)&name, size), 0, "%s: %s", address,
		     strerror(errno));
	return fd;
}

uint16_t network_port(int fd)
{
	struct sockaddr_storage name;
	socklen_t size = sizeof(name);

	cr_assert_eq(getsockname(fd, (struct sockaddr *)&name, &size), 0);
	if (name.ss_family == AF_INET6)
		return ntohs(((struct sockaddr_in6 *)&name)->sin6_port);
	return ntohs(((struct sockaddr_in *)&name)->sin_port);
}

int network_raw(const char *interface)
{
	struct sockaddr_ll name = {.sll_family = AF_PACKET,
				   .sll_protocol = htons(ETH_P_ALL),
				   .sll_ifindex = (int)if_nametoindex(interface)};
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, htons(ETH_P_ALL));

	cr_assert(fd >= 0 && !bind(fd, (struct sockaddr *)&name, sizeof(name)), "%s: %s", interface,
		  strerror(errno));
	return fd;
}

void network_await(const char *what, bool (*condition)(void *), void *data)
{
	const struct timespec pause = {.tv_nsec = 1000 * 1000};

	for (int i = 0; i < 5000; i++) {
		if (condition(data))
			return;
		nanosleep(&pause, NULL);
	}
	cr_assert_fail("%s: not within five seconds", what);
}
