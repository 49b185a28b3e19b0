#include "worker/attempt.hpp"

#include <gtest/gtest.h>

#include <exception>
#include <stdexcept>

namespace toril::worker {
namespace {

class NoContext final : public MovingContext {
public:
    const Job& job() const noexcept override { return job_; }
    std::stop_token stop_token() const noexcept override { return {}; }
    Status progress(const Json&) override { return {}; }
    Status log(std::string_view) override { return {}; }
    Status update_data(const Json&) override { return {}; }
    Status extend_lock() override { return {}; }
    Result<std::map<std::string, Json>> children_values() override {
        return std::map<std::string, Json>{};
    }
    Result<std::map<std::string, std::string>> ignored_children_failures() override {
        return std::map<std::string, std::string>{};
    }
    Result<std::uint64_t> pending_children() override { return std::uint64_t{0}; }

private:
    Job job_;
};

Attempt run(const Handler& handler) {
    NoContext context;
    return run_handler(handler, context);
}

TEST(AttemptTest, MakesAnExceptionAFailureWithItsText) {
    const Attempt attempt =
        run([](JobContext&) -> Result<Json> { throw std::runtime_error("no disk"); });
    EXPECT_EQ(attempt.result.error(), Error(ErrorCode::failed, "no disk"));
    EXPECT_TRUE(attempt.causes.empty());
}

TEST(AttemptTest, ListsNestedExceptionsFromTheOutside) {
    const Attempt attempt = run([](JobContext&) -> Result<Json> {
        try {
            try {
                throw std::runtime_error("EIO");
            } catch (...) {
                std::throw_with_nested(std::runtime_error("read failed"));
            }
        } catch (...) {
            std::throw_with_nested(std::runtime_error("no picture"));
        }
    });
    EXPECT_EQ(attempt.result.error().message(), "no picture");
    EXPECT_EQ(attempt.causes, (std::vector<std::string>{"read failed", "EIO"}));
}

TEST(AttemptTest, KnowsNothingOfWhatIsNoException) {
    const Attempt attempt = run([](JobContext&) -> Result<Json> { throw 42; });
    EXPECT_EQ(attempt.result.error().message(), "unknown exception");
}

TEST(AttemptTest, CutsALongReasonAtACharacter) {
    std::string reason(failed_reason_bytes_max - 4, 'x');
    reason += "\xC3\xA4\xC3\xA4\xC3\xA4";  // three a-umlauts
    const Attempt attempt =
        run([&](JobContext&) -> Result<Json> { return Error(ErrorCode::failed, reason); });

    const std::string& kept = attempt.result.error().message();
    EXPECT_LE(kept.size(), failed_reason_bytes_max);
    EXPECT_EQ(kept.substr(kept.size() - 4), "x...");
}

TEST(AttemptTest, RefusesAReturnValueThatIsTooLarge) {
    const Attempt attempt = run([](JobContext&) -> Result<Json> {
        return Json::unchecked(std::string(return_value_bytes_max + 1, '1'));
    });
    ASSERT_FALSE(attempt.result);
    EXPECT_EQ(attempt.result.error().message(),
              "the return value is 16777217 bytes of JSON; at most 16777216 are allowed");
}

}  // namespace
}  // namespace toril::worker
