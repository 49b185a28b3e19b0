// A book is bound when its pages are printed: a job that waits for others, and asks them what
// they returned.
//
//     04_flow [STORE]

#include <toril/toril.hpp>

#include <cstdio>
#include <string>

using namespace toril;

namespace {

Result<Json> print_page(JobContext& job) {
    if (job.data().text() == "3") return Error(ErrorCode::unrecoverable, "the printer is jammed");
    return Json::string("page " + job.data().text());
}

Result<Json> bind_book(JobContext& job) {
    for (const auto& [page, text] : job.children_values().value())
        std::printf("%s\n", text.text().c_str());
    for (const auto& [page, reason] : job.ignored_children_failures().value())
        std::printf("without one page: %s\n", reason.c_str());
    return Json::string("bound");
}

}  // namespace

int main(int argc, char** argv) try {
    const Store store = Store::open(argc > 1 ? argv[1] : "memory:").value();

    FlowJob book{.queue = "books", .name = "bind", .options = {.id = "book"}};
    for (int page = 1; page <= 3; ++page)
        book.children.push_back({.queue = "pages",
                                 .name = "print",
                                 .data = Json::unchecked(std::to_string(page)),
                                 .options = {.id = "page-" + std::to_string(page),
                                             .parent_policy = ParentPolicy::ignore_dependency}});
    FlowProducer(store).add(book).value();

    const Worker pages = Worker::start(store, "pages", print_page).value();
    const Worker books = Worker::start(store, "books", bind_book).value();
    const Queue queue = Queue::open(store, "books").value();
    const Job done = queue.wait_until_finished("book", Millis{20'000}).value();
    std::printf("the book is %s\n", done.return_value->text().c_str());
    return 0;
} catch (const Exception& failure) {
    std::fprintf(stderr, "%s\n", failure.what());
    return 1;
}
