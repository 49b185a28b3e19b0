// Pictures become jobs, jobs become thumbnails: on a file of its own, or on Redis by setting
// REDIS_URL, with the same code. `thumbnails --help` says how to call it.

#include "command_line.hpp"
#include "interrupt.hpp"
#include "jobs.hpp"
#include "report.hpp"

#include <toril/config.hpp>
#include <toril/toril.hpp>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <thread>

namespace {

using namespace std::chrono_literals;
using namespace thumbnails;
using toril::Error;
using toril::ErrorCode;
using toril::Job;
using toril::JobId;
using toril::Queue;
using toril::Result;
using toril::Status;
using toril::Store;
using toril::Worker;

enum Exit : int { ok = 0, some_failed = 1, bad_usage = 2, no_store = 5 };

Exit complain(const Error& error) {
    std::fprintf(stderr, "thumbnails: %s\n", error.message().c_str());
    switch (error.code()) {
        case ErrorCode::invalid_argument: return bad_usage;
        case ErrorCode::unavailable:
        case ErrorCode::timed_out:
        case ErrorCode::corrupt: return no_store;
        default: return some_failed;
    }
}

std::vector<std::string> samples() {
    std::vector<std::string> files;
    for (const auto& entry : std::filesystem::directory_iterator(THUMBNAILS_SAMPLES))
        files.push_back(entry.path().string());
    std::sort(files.begin(), files.end());
    return files;
}

Result<Store> open_store(const std::string& url) {
    toril::SettingSources sources;
    if (!url.empty()) sources.flags["store"] = url;
    Result<toril::Settings> settings = toril::Settings::load(sources);
    if (!settings) return settings.error();
    return toril::open_store(*settings, {.application = "thumbnails"});
}

Result<std::vector<JobId>> add_all(Queue& queue, const std::vector<std::string>& pictures) {
    std::vector<JobId> ids;
    for (Result<toril::AddedJob>& added : queue.add_bulk(orders_for(pictures))) {
        if (!added) return added.error();
        ids.push_back(added->id);
    }
    return ids;
}

// The finished jobs in the order in which they were added; fewer after an interrupt.
Result<std::vector<Job>> wait_for_all(const Queue& queue,
                                      const std::vector<JobId>& ids,
                                      Progress& progress,
                                      Interrupt& interrupt) {
    std::vector<Job> jobs;
    for (const JobId& id : ids) {
        Result<Job> job = queue.wait_until_finished(id, 250ms);
        while (!job && job.error().code() == ErrorCode::timed_out && !interrupt.within(0ms))
            job = queue.wait_until_finished(id, 250ms);
        if (interrupt.within(0ms)) break;
        if (!job) return job.error();
        progress.finished(id);
        jobs.push_back(std::move(*job));
    }
    progress.clear();
    return jobs;
}

toril::WorkerOptions worker_options(int concurrency, Progress& progress) {
    const int processors = static_cast<int>(std::thread::hardware_concurrency());
    toril::WorkerOptions options{
        .concurrency = concurrency > 0 ? concurrency : std::max(processors, 1),
        .name = "thumbnails"};
    options.hooks.completed = [&progress](const Job& job, const toril::Json&) {
        progress.finished(job.id);
    };
    return options;
}

void keep_working(Worker& worker, Interrupt& interrupt) {
    std::fprintf(stderr, "\nworking on what others add to %s; Ctrl-C ends\n", queue_name);
    interrupt.wait();
    const std::size_t handed_back = worker.close(30s);
    std::fprintf(stderr, "ended; %zu jobs were handed back\n", handed_back);
}

Exit run(const CommandLine& line, Interrupt& interrupt) {
    const std::vector<std::string> pictures = line.pictures.empty() ? samples() : line.pictures;
    Result<Store> store = open_store(line.store);
    if (!store) return complain(store.error());
    Result<Queue> queue = Queue::open(*store, queue_name);
    if (!queue) return complain(queue.error());

    Result<std::vector<JobId>> ids = add_all(*queue, pictures);
    if (!ids) return complain(ids.error());
    std::fprintf(stderr,
                 "%zu jobs for %zu pictures in queue %s on %s\n",
                 ids->size(),
                 pictures.size(),
                 queue_name,
                 store->url().c_str());

    Progress progress(ids->size());
    Result<Worker> worker = Worker::start(
        *store, queue_name, maker(line.out), worker_options(line.concurrency, progress));
    if (!worker) return complain(worker.error());
    Result<std::vector<Job>> jobs = wait_for_all(*queue, *ids, progress, interrupt);
    if (!jobs) return complain(jobs.error());

    const int failed = print_table(*jobs);
    std::printf("\nfiles in %s\n", std::filesystem::absolute(line.out).c_str());
    std::fflush(stdout);
    if (!line.once && !interrupt.within(0ms)) keep_working(*worker, interrupt);
    worker->close(30s);
    return failed == 0 && jobs->size() == ids->size() ? ok : some_failed;
}

}  // namespace

int main(int argc, char** argv) {
    Interrupt interrupt;  // before libvips and the store start their threads
    const Result<CommandLine> line = parse_command_line(argc, argv);
    if (!line) {
        std::fprintf(stderr, "%s\n", usage);
        return complain(line.error());
    }
    if (line->help) {
        std::fputs(usage, stdout);
        return ok;
    }
    if (const Status started = start_vips(argv[0]); !started) return complain(started.error());
    return run(*line, interrupt);
}
