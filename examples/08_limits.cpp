// At most three a minute for a user, five for all of them; and what an HTTP answer says of it.
//
//     08_limits [STORE]

#include <toril/toril.hpp>

#include <array>
#include <cstdio>
#include <string>

using namespace toril;

int main(int argc, char** argv) try {
    const Store store = Store::open(argc > 1 ? argv[1] : "memory:").value();
    Throttle throttle = Throttle::open(store).value();
    const LimitRule per_user{.max = 3, .per = Millis{60'000}, .name = "per-user"};
    const LimitRule for_all{.max = 5, .per = Millis{60'000}, .name = "for-all"};

    for (const std::string user : {"ada", "ada", "ada", "ada", "bob", "bob", "bob"}) {
        // Both or neither: who is refused by one takes nothing from the other.
        const std::array asks{LimitAsk{.key = "user:" + user, .rule = per_user},
                              LimitAsk{.key = "everybody", .rule = for_all}};
        const LimitAnswer answer = throttle.check_all(asks).value();
        std::printf("%s: %s\n",
                    user.c_str(),
                    answer.allowed ? "passes" : asks[answer.refused_by].rule.name.c_str());
    }
    const LimitAnswer refused = throttle.check("user:ada", per_user).value();
    for (const auto& [name, value] : rate_limit_headers(per_user, refused))
        if (name == "RateLimit-Policy" || name == "X-RateLimit-Remaining")
            std::printf("%s: %s\n", name.c_str(), value.c_str());
    return 0;
} catch (const Exception& failure) {
    std::fprintf(stderr, "%s\n", failure.what());
    return 1;
}
