#pragma once

#include <toril/fwd.hpp>
#include <toril/result.hpp>
#include <toril/time.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace toril {

/// Writes metrics in Prometheus' text format 0.0.4. Samples of one metric stand together, however
/// they were written; `# HELP` and `# TYPE` stand once.
class MetricsWriter {
public:
    using Labels = std::vector<std::pair<std::string_view, std::string_view>>;

    /// REQUIRES: names as Prometheus takes them, a counter's ends in `_total`; a metric has one
    /// help text and one type.
    void counter(std::string_view name,
                 std::string_view help,
                 double value,
                 const Labels& labels = {});
    void gauge(std::string_view name,
               std::string_view help,
               double value,
               const Labels& labels = {});
    /// `bounds` ascending; `counts` has one more: what is above the last. Counts are of each
    /// bucket alone.
    void histogram(std::string_view name,
                   std::string_view help,
                   std::span<const double> bounds,
                   std::span<const std::uint64_t> counts,
                   double sum,
                   const Labels& labels = {});

    /// All of it; the last line ends too.
    std::string text() const;

private:
    struct Family {
        std::string name{};
        std::string help{};
        std::string_view type{};
        std::string samples{};
    };
    Family& family(std::string_view name, std::string_view help, std::string_view type);

    std::vector<Family> families_{};  // in the order in which they were first written
    std::map<std::string, std::size_t, std::less<>> places_{};
};

/// Who has metrics to tell: caches, locks, throttles, workers, stores, and parts of your own.
///
///     Metrics metrics;
///     metrics.add(cache);
///     metrics.add(store);
///     answer(metrics.prometheus());
///
/// Threads: any method, from any thread. Sources run on the thread that asks; they look at what
/// is known already and do no I/O.
class Metrics final {
public:
    using Source = std::function<void(MetricsWriter&)>;

    Metrics();

    /// Until `remove`; keeps what it is about alive.
    std::uint64_t add(Source source);
    std::uint64_t add(const Cache& cache);
    std::uint64_t add(const Locks& locks, std::string name = "default");
    std::uint64_t add(const Throttle& throttle, std::string name = "default");
    /// The store's links, what stands in for it, queues and checks that it watches.
    std::uint64_t add(const Health& health);
    /// What a worker has done; also after its end. `name` tells workers of one queue apart.
    std::uint64_t add(const Worker& worker, std::string queue, std::string name = "default");
    /// Counts of the queue, with BullMQ's names beside ours. They are asked for in the background,
    /// every `every`; until the first answer there are none.
    std::uint64_t add(const Queue& queue, Millis every = Millis{5'000});
    void remove(std::uint64_t source);

    std::string prometheus() const;
    /// Asks for what is otherwise asked for in the background, now. Blocks for the stores.
    void refresh();

private:
    class Impl;
    std::shared_ptr<Impl> impl_;
};

}  // namespace toril
