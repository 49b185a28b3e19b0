#pragma once

// What a person sees: a line of progress while it runs, a table when it is done.

#include <toril/job.hpp>

#include <cstddef>
#include <mutex>
#include <set>
#include <string>
#include <vector>

namespace thumbnails {

// One line on stderr that is drawn anew; nothing where stderr is no terminal.
// Threads: any method, from any thread.
class Progress {
public:
    explicit Progress(std::size_t jobs);

    // The same job twice counts once.
    void finished(const toril::JobId& id);
    void clear();

private:
    void draw() const;

    const std::size_t jobs_;
    const bool is_shown_;
    std::mutex mutex_;
    std::set<toril::JobId> finished_;
};

// Prints finished jobs as a table on stdout, and the reasons of failed ones below it.
// Returns how many failed.
int print_table(const std::vector<toril::Job>& jobs);

}  // namespace thumbnails
