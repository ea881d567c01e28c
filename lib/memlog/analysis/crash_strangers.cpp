#include "memlog/analysis/crash_strangers.h"

#include <algorithm>
#include <iterator>

namespace memlog::crash {

namespace {

// Whole names; what follows a `-`, `@`, `_`, `:` or a blank is a part or an instance.
constexpr std::string_view kPrograms[] = {
    "apache2",  "apt-daily",   "apt-get",   "auditd",     "avahi-daemon", "caddy",    "certbot",      "chronyd",   "clickhouse", "cron",      "crond",    "cups",
    "dbus",     "dhcpcd",      "dnf",       "dnsmasq",    "docker",       "dockerd",  "containerd",   "dpkg",      "elasticsearch", "fail2ban", "fstrim",  "fwupd",
    "getty",    "grafana",     "haproxy",   "httpd",      "kafka",        "logrotate", "man-db",      "mariadb",   "mariadbd",   "memcached", "minio",    "mongod",
    "mongodb",  "motd-news",   "mysql",     "mysqld",     "networkd-dispatcher", "nginx", "NetworkManager", "ntp", "ntpd",     "packagekit", "php-fpm", "polkit",
    "postfix",  "postgres",    "postgresql", "prometheus", "rabbitmq",    "redis",    "rsyslog",      "rsyslogd",  "serial-getty", "smartd",  "snapd",    "ssh",
    "sshd",     "systemd",     "tailscaled", "tor",       "traefik",      "udisks2",  "unattended-upgrades", "unbound", "user", "user-runtime-dir", "varnish", "wpa_supplicant",
    "A high performance web server", "Daily apt", "OpenBSD Secure Shell", "Session", "User Manager for UID", "User Runtime Directory", "Regular background program processing"};

constexpr std::string_view kOnce[] = {"migrate", "migration", "migrations", "init", "setup", "seed", "bootstrap", "build", "builder", "test", "tests", "backup", "collectstatic", "createbuckets", "healthcheck"};

}  // namespace

bool is_one_shot(std::string_view name) {
  while (!name.empty()) {
    const auto end = name.find_first_of("-_.@: ");
    if (std::find(std::begin(kOnce), std::end(kOnce), name.substr(0, end)) != std::end(kOnce)) return true;
    name.remove_prefix(end == std::string_view::npos ? name.size() : end + 1);
  }
  return false;
}

bool is_of_machine(std::string_view name) {
  return std::any_of(std::begin(kPrograms), std::end(kPrograms), [&](std::string_view known) {
    if (!name.starts_with(known)) return false;
    return name.size() == known.size() || std::string_view("-@_:. 0123456789").find(name[known.size()]) != std::string_view::npos;
  });
}

}  // namespace memlog::crash
