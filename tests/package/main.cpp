// What a user's program is at its smallest; built against the installed package.
#include <toril/toril.hpp>
#include <toril/typed.hpp>

#include <cstdio>
#include <vector>

int main() {
    using namespace std::chrono_literals;
    // Zones come from a library of their own, which the package has to bring.
    if (toril::next_runs({.pattern = "0 9 * * *", .tz = "Europe/Berlin"}, 1).value().size() != 1)
        return 1;
    toril::Store store = toril::Store::open("memory:").value();
    toril::Queue queue = toril::Queue::open(store, "sums").value();
    toril::Worker worker =
        toril::Worker::start(
            store,
            "sums",
            toril::typed<std::vector<int>>([](const std::vector<int>& numbers, toril::JobContext&) {
                int sum = 0;
                for (int number : numbers)
                    sum += number;
                return toril::Result<int>(sum);
            }))
            .value();
    const auto added = queue.add("sum", toril::to_json(std::vector{1, 2, 3})).value();
    const toril::Job job = queue.wait_until_finished(added.id, 10s).value();
    std::printf("%s\n", job.return_value.value_or(toril::Json{}).text().c_str());
}
