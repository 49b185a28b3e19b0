// Something slow that is done once, however often it is asked for; and what makes it be done again.
//
//     06_cache [STORE]

#include <toril/toril.hpp>

#include <cstdio>
#include <string>

using namespace toril;

int main(int argc, char** argv) try {
    const Store store = Store::open(argc > 1 ? argv[1] : "memory:").value();
    Cache cache = Cache::open(store, {.name = "example", .ttl = Millis{60'000}}).value();
    cache.clear().value();

    int loads = 0;
    const auto list = [&](int page) {
        // The same key in whatever order the parameters stand.
        const std::string key = cache_key("tasks:list", {{"page", page}, {"status", "done"}});
        const auto load = [&]() -> Result<Loaded> {
            ++loads;
            return Loaded("page " + std::to_string(page));
        };
        const CacheValue value = cache.get_or_set(key, load, {.tags = {"user:7"}}).value();
        return std::string(value.bytes());
    };
    for (int i = 0; i < 1000; ++i)
        list(1);
    std::printf("%s, loads: %d\n", list(1).c_str(), loads);

    cache.invalidate_pattern("tasks:list:*").value();
    list(1);
    std::printf("after its pattern was invalidated, loads: %d\n", loads);
    cache.invalidate_tag("user:7").value();
    list(1);
    std::printf("after its tag was invalidated, loads: %d\n", loads);

    // Nothing is something worth knowing.
    const CacheValue nobody =
        cache.get_or_set("user:0", []() -> Result<Loaded> { return Loaded(std::nullopt); }).value();
    std::printf("nobody: %s\n", nobody.is_negative() ? "known not to be there" : "there");
    std::printf("hit rate: %.0f %%\n", cache.stats().hit_rate() * 100);
    return 0;
} catch (const Exception& failure) {
    std::fprintf(stderr, "%s\n", failure.what());
    return 1;
}
