#include <toril/toril.hpp>

#include <cstdio>

using namespace toril;

int main() {
    Store store = Store::open("sqlite:first-job.db").value();

    Queue queue = Queue::open(store, "greetings").value();
    queue.add("greet", Json::string("Ada"), {.attempts = 3}).value();

    Worker worker = Worker::start(store, "greetings", [](JobContext& job) -> Result<Json> {
                        std::printf("Hello, %s!\n", job.data().text().c_str());
                        return Json::string("greeted");
                    }).value();
    worker.wait_until_idle().value();
    std::printf("%d completed\n", static_cast<int>(queue.counts().value().completed));
}
