// Your own structs as payloads and results: checked where they arrive, said once.
//
//     03_typed_jobs [STORE]

#include <toril/toril.hpp>
#include <toril/typed.hpp>

#include <cstdio>
#include <string>
#include <vector>

using namespace std::chrono_literals;
using toril::field;
using toril::Job;
using toril::JobContext;
using toril::Queue;
using toril::Result;
using toril::Store;
using toril::Worker;

struct Basket {
    std::string customer{};
    std::vector<double> prices{};

    static constexpr auto toril_fields =
        std::tuple{field("customer", &Basket::customer), field("prices", &Basket::prices)};
};

struct Receipt {
    double total = 0;
    int items = 0;

    static constexpr auto toril_fields =
        std::tuple{field("total", &Receipt::total), field("items", &Receipt::items)};
};

Result<Receipt> check_out(const Basket& basket, JobContext&) {
    Receipt receipt{.items = static_cast<int>(basket.prices.size())};
    for (double price : basket.prices)
        receipt.total += price;
    return receipt;
}

int main(int argc, char** argv) try {
    Store store = Store::open(argc > 1 ? argv[1] : "memory:").value();
    Queue queue = Queue::open(store, "shop").value();
    Worker worker = Worker::start(store, "shop", toril::typed<Basket>(check_out)).value();

    const Basket basket{.customer = "Ada", .prices = {1.5, 2.25}};
    const toril::AddedJob good = queue.add("check-out", toril::to_json(basket)).value();
    const Job done = queue.wait_until_finished(good.id, 10s).value();
    const Receipt receipt = toril::from_json<Receipt>(done.return_value.value()).value();
    std::printf("%d items, %.2f in all\n", receipt.items, receipt.total);

    // A job from elsewhere whose data does not fit fails at once and says why.
    const toril::AddedJob bad =
        queue.add("check-out", toril::Json::parse(R"({"customer":7})").value()).value();
    const Job failed = queue.wait_until_finished(bad.id, 10s).value();
    std::printf("failed: %s\n", failed.failed_reason.c_str());
    worker.close(5s);
    return 0;
} catch (const toril::Exception& failure) {
    std::fprintf(stderr, "%s\n", failure.what());
    return 1;
}
