#include "chaos/crash/ledger.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <system_error>
#include <utility>

namespace toril::crash {
namespace {

using SteadyClock = std::chrono::steady_clock;

int checked(int result, const char* what) {
    if (result < 0) throw std::system_error(errno, std::generic_category(), what);
    return result;
}

Entry parsed(std::string_view line) {
    const std::size_t space = line.find(' ', 2);
    return {.what = Entry::What{line[0]},
            .pid = static_cast<pid_t>(std::atoi(line.data() + 2)),
            .job = std::string(line.substr(space + 1))};
}

}  // namespace

LedgerWriter::LedgerWriter(const std::string& path)
    : file_(
          checked(open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600), "ledger")) {}

LedgerWriter::~LedgerWriter() {
    close(file_);
}

void LedgerWriter::write(Entry::What what, std::string_view job) const {
    std::string line{static_cast<char>(what)};
    line += ' ' + std::to_string(getpid()) + ' ';
    line += job;
    line += '\n';
    // Half a line or none would make the whole test worthless.
    if (::write(file_, line.data(), line.size()) != static_cast<ssize_t>(line.size())) std::abort();
}

LedgerReader::LedgerReader(std::string path)
    : path_(std::move(path)),
      file_(checked(open(path_.c_str(), O_RDONLY | O_CREAT | O_CLOEXEC, 0600), "ledger")),
      changes_(checked(inotify_init1(IN_CLOEXEC | IN_NONBLOCK), "inotify")) {
    checked(inotify_add_watch(changes_, path_.c_str(), IN_MODIFY), "inotify");
}

LedgerReader::~LedgerReader() {
    close(changes_);
    close(file_);
}

const std::vector<Entry>& LedgerReader::entries() {
    char buffer[1 << 16];
    for (ssize_t count = 0; (count = read(file_, buffer, sizeof buffer)) > 0;) {
        unread_.append(buffer, static_cast<std::size_t>(count));
    }
    std::size_t begin = 0;
    for (std::size_t end = 0; (end = unread_.find('\n', begin)) != std::string::npos;) {
        entries_.push_back(parsed(std::string_view(unread_).substr(begin, end - begin)));
        begin = end + 1;
    }
    unread_.erase(0, begin);
    return entries_;
}

bool LedgerReader::wait(std::size_t from,
                        std::size_t times,
                        const std::function<bool(const Entry&)>& wanted,
                        std::chrono::milliseconds deadline) {
    const auto end = SteadyClock::now() + deadline;
    for (std::size_t seen = from, found = 0;;) {
        for (const auto& all = entries(); seen < all.size(); ++seen) {
            if (wanted(all[seen]) && ++found == times) return true;
        }
        const auto left =
            std::chrono::duration_cast<std::chrono::milliseconds>(end - SteadyClock::now());
        if (left.count() <= 0) return false;
        pollfd change{changes_, POLLIN, 0};
        poll(&change, 1, static_cast<int>(left.count()));
        char events[4096];
        while (read(changes_, events, sizeof events) > 0) {
        }
    }
}

}  // namespace toril::crash
