// How often a cache has what it is asked for: ours beside the policies of peers.hpp, over traces of
// real caches, or over made-up ones.
//
//   hit_ratio [--traces FOLDER] [--json]
//
// docs/reference/benchmarks.md says where the traces are to be had.

#include "cache/policy.hpp"
#include "peers.hpp"
#include "trace.hpp"

#include <cstdio>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

using namespace toril::bench;

namespace {

struct Subject {
    std::string name{};
    std::function<Trace()> trace{};
    std::vector<std::size_t> sizes{};
};

// Sizes as in the literature where there are any (ARC, LIRS, Caffeine), else about 1 % and 5 % of
// the keys.
std::vector<Subject> real_subjects(const std::string& folder) {
    const std::vector<std::pair<const char*, std::vector<std::size_t>>> files{
        {"arc-OLTP.lis.zst", {500, 1000, 5000, 8192}},
        {"arc-P2.lis.zst", {45667}},
        {"arc-P3.lis.zst", {38128, 152508}},
        {"arc-P6.lis.zst", {38688}},
        {"arc-P12.lis.zst", {157665}},
        {"cache2k-orm-busy.trace.xz", {763, 3817}},
        {"cache2k-orm-night.trace.xz", {865, 4323}},
        {"cache2k-web07.trace.xz", {204, 1024}},
        {"cache2k-web12.trace.xz", {687, 1024}},
        {"cloud_physics-w106.trace.xz", {2751, 13758}},
        {"corda-trace_vaultservice.gz", {512, 1024, 8192}},
        {"scarab-scarab-recs.trace.xz", {12918, 25836}},
        {"lirs-2_pools.trace.gz", {100, 200}},
        {"lirs-cpp.trace.gz", {100, 300}},
        {"lirs-cs.trace.gz", {100, 300}},
        {"lirs-gli.trace.gz", {632, 1264}},
        {"lirs-loop.trace.gz", {256, 512}},
        {"lirs-multi1.trace.gz", {500, 1000}},
        {"lirs-multi2.trace.gz", {500, 1000}},
        {"lirs-multi3.trace.gz", {372, 1500}},
        {"lirs-ps.trace.gz", {500, 1000}},
        {"lirs-sprite.trace.gz", {353, 707}},
        {"lirs-zigzag.trace.gz", {512, 1024}},
    };
    std::vector<Subject> subjects;
    for (const auto& [file, sizes] : files) {
        const std::string path = folder + "/" + file;
        if (!std::filesystem::exists(path)) {
            std::fprintf(stderr, "hit_ratio: without %s, which is not there\n", path.c_str());
            continue;
        }
        const std::string name(file, std::string_view(file).find('.'));
        subjects.push_back({name, [path] { return read_trace(path); }, sizes});
    }
    return subjects;
}

std::vector<Subject> made_up_subjects() {
    return {
        {"zipf 0.7", [] { return zipf_trace(1'000'000, 100'000, 0.7); }, {1000, 5000}},
        {"zipf 1.0", [] { return zipf_trace(1'000'000, 100'000, 1.0); }, {1000, 5000}},
        {"zipf 1.3", [] { return zipf_trace(1'000'000, 100'000, 1.3); }, {1000}},
        {"loop", [] { return loop_trace(500'000, 2000); }, {500, 1000, 1990}},
        {"scans", [] { return scan_trace(1'000'000, 1000); }, {1000, 2000}},
        {"shifting", [] { return shifting_trace(2'000'000, 20'000); }, {500, 2000}},
    };
}

class Ours final : public Simulated {
public:
    explicit Ours(std::size_t entries) : cache_({.capacity = entries}) {}
    bool access(std::uint64_t key) override { return cache_.access(key); }

private:
    toril::cache::PolicyCache cache_;
};

struct Column {
    const char* name;
    std::function<std::unique_ptr<Simulated>(std::size_t)> make;
    double sum = 0;
    double worst = 100;  // points against LRU
};

double percent(Simulated& cache, const Trace& trace) {
    std::size_t hits = 0;
    for (const std::uint64_t key : trace)
        hits += cache.access(key) ? 1 : 0;
    return 100.0 * static_cast<double>(hits) / static_cast<double>(trace.size());
}

class Table {
public:
    explicit Table(bool is_json) : is_json_(is_json) {
        if (is_json_) return;
        std::printf("%-24s%9s", "hits of 100, by entries", "");
        for (const Column& column : columns_)
            std::printf("%10s", column.name);
        std::printf("\n");
    }

    void add(const Subject& subject) {
        const Trace trace = subject.trace();
        for (const std::size_t entries : subject.sizes) {
            std::vector<double> figures;
            for (Column& column : columns_) {
                figures.push_back(percent(*column.make(entries), trace));
                column.sum += figures.back();
                column.worst = std::min(column.worst, figures.back() - figures.front());
            }
            ++cells_;
            if (!is_json_) print(subject.name, entries, figures);
        }
    }

    void end() const {
        if (is_json_) {
            std::printf("{\"cells\":%d", cells_);
            for (const Column& column : columns_)
                std::printf(",\"%s\":{\"mean\":%.3f,\"worst_against_lru\":%.3f}",
                            column.name,
                            column.sum / cells_,
                            column.worst);
            std::printf("}\n");
            return;
        }
        std::vector<double> means;
        std::vector<double> worst;
        for (const Column& column : columns_) {
            means.push_back(column.sum / cells_);
            worst.push_back(column.worst);
        }
        print("mean", static_cast<std::size_t>(cells_), means);
        print("worst, against LRU", 0, worst);
    }

private:
    static void print(const std::string& name,
                      std::size_t entries,
                      const std::vector<double>& figures) {
        std::printf("%-24s%9zu", name.c_str(), entries);
        for (const double figure : figures)
            std::printf("%10.2f", figure);
        std::printf("\n");
        std::fflush(stdout);
    }

    const bool is_json_;
    int cells_ = 0;
    std::vector<Column> columns_{
        {"LRU", make_lru},
        {"S3-FIFO", [](std::size_t entries) { return make_s3_fifo(entries, 2); }},
        {"W-TinyLFU", make_w_tiny_lfu},
        {"climbing", make_climbing_w_tiny_lfu},
        {"toril", [](std::size_t entries) { return std::make_unique<Ours>(entries); }}};
};

}  // namespace

int main(int argc, char** argv) {
    std::string folder;
    bool is_json = false;
    for (int i = 1; i < argc; ++i) {
        const std::string_view word = argv[i];
        if (word == "--json") {
            is_json = true;
        } else if (word == "--traces" && i + 1 < argc) {
            folder = argv[++i];
        } else {
            std::fprintf(stderr, "usage: hit_ratio [--traces FOLDER] [--json]\n");
            return 2;
        }
    }
    Table table(is_json);
    for (const Subject& subject : folder.empty() ? made_up_subjects() : real_subjects(folder))
        table.add(subject);
    table.end();
    return 0;
}
