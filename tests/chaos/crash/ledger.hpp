#pragma once

// What really happened, written down outside the system under test: one line for each
// acknowledged add, start, end and recorded completion. A process that is killed has written
// all lines that it had begun: each is one write to a file opened for appending.

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace toril::crash {

struct Entry {
    enum class What : char {
        acknowledged = 'A',  ///< The store said that it has the job.
        started = 'S',       ///< A handler began.
        returned = 'F',      ///< A handler is about to return.
        recorded = 'C',      ///< The store said that the job is completed.
    };
    What what{};
    pid_t pid = 0;
    std::string job{};  ///< The job's name, which is unique.
};

class LedgerWriter {
public:
    explicit LedgerWriter(const std::string& path);
    ~LedgerWriter();
    LedgerWriter(const LedgerWriter&) = delete;
    LedgerWriter& operator=(const LedgerWriter&) = delete;

    /// Threads: any.
    void write(Entry::What what, std::string_view job) const;

private:
    int file_;
};

/// Reads along while others write. Threads: one at a time.
class LedgerReader {
public:
    explicit LedgerReader(std::string path);
    ~LedgerReader();
    LedgerReader(const LedgerReader&) = delete;
    LedgerReader& operator=(const LedgerReader&) = delete;

    const std::vector<Entry>& entries();

    /// Blocks until an entry from position `from` on is `wanted` for the `times`th time. False:
    /// not before the deadline.
    bool wait(std::size_t from,
              std::size_t times,
              const std::function<bool(const Entry&)>& wanted,
              std::chrono::milliseconds deadline);

private:
    std::string path_;
    std::string unread_{};
    std::vector<Entry> entries_{};
    int file_;
    int changes_;
};

}  // namespace toril::crash
