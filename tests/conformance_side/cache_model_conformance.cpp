// Random steps, beside a model that remembers every invalidation: no store may serve what the model
// would not, nor miss what it has.

#include "base/glob.hpp"
#include "conformance_side/cache_fixture.hpp"

#include <cstdlib>
#include <map>
#include <random>

namespace toril::conformance {
namespace {

class CacheModelFixture : public CacheStoreConformance {
protected:
    struct Kept {
        CacheEntry entry{};
        std::uint64_t number = 0;
        Timestamp fresh_until{};
        Timestamp kept_until{};
    };
    struct Lent {
        Loan loan{};
        Timestamp until{};
    };

    int any(int below) { return std::uniform_int_distribution<int>(0, below - 1)(random); }
    std::string any_key() { return std::string(1, "ab"[any(2)]) + ":" + std::to_string(any(4)); }
    std::string any_tag() { return "tag-" + std::to_string(any(4)); }
    CacheEntry any_entry() {
        CacheEntry made = entry("value-" + std::to_string(++values));
        made.fresh_for = 1s * (1 + any(100));
        made.kept_for = made.fresh_for + 1s * any(100) + 1s;
        for (int i = any(3); i > 0; --i)
            made.tags.push_back(any_tag());
        return made;
    }

    bool is_valid(const std::string& key, const std::vector<std::string>& tags, std::uint64_t at) {
        for (std::size_t i = at; i < marks.size(); ++i) {
            const CacheMark& mark = marks[i];
            if (mark.kind == CacheMark::Kind::all) return false;
            if (mark.kind == CacheMark::Kind::pattern && base::glob_matches(mark.text, key))
                return false;
            for (const std::string& each : tags)
                if (mark.kind == CacheMark::Kind::tag && mark.text == each) return false;
        }
        return true;
    }
    const Kept* expected(const std::string& key) {
        const auto found = kept.find(key);
        if (found == kept.end() || found->second.kept_until <= now()) return nullptr;
        const Kept& there = found->second;
        return is_valid(key, there.entry.tags, there.number) ? &there : nullptr;
    }
    void keep(const std::string& key, const CacheEntry& made, std::uint64_t number) {
        kept[key] = {made, number, now() + made.fresh_for, now() + made.kept_for};
        lent.erase(key);
    }

    void check(const std::string& key) {
        const Kept* const there = expected(key);
        const CacheFound found = look(key);
        ASSERT_EQ(found.entry.has_value(), there != nullptr) << key;
        if (there == nullptr) return;
        EXPECT_EQ(found.entry->value, there->entry.value);
        EXPECT_EQ(found.entry->tags, there->entry.tags);
        EXPECT_EQ(found.entry->generation.number, there->number);
        EXPECT_EQ(found.entry->fresh_for > 0ms, there->fresh_until > now()) << key;
    }

    void step_borrow() {
        const std::string key = any_key();
        const Kept* const there = expected(key);
        const bool is_lent = lent.contains(key) && lent[key].until > now();
        const bool is_due = (there == nullptr || there->fresh_until <= now()) && !is_lent;
        const auto loan = borrow(key);
        ASSERT_EQ(loan.has_value(), is_due) << key;
        if (!loan) return;
        EXPECT_EQ(loan->generation.number, marks.size());
        lent[key] = {*loan, now() + 30s};
    }
    void step_fill() {
        if (lent.empty()) return;
        const auto chosen = std::next(lent.begin(), any(static_cast<int>(lent.size())));
        const std::string key = chosen->first;
        const Lent held = chosen->second;
        const CacheEntry made = any_entry();
        const std::uint64_t number = held.loan.generation.number;
        const bool is_stored = held.until > now() && is_valid(key, made.tags, number);
        ASSERT_EQ(fill(key, held.loan, made), is_stored) << key;
        lent.erase(key);
        if (is_stored) keep(key, made, number);
    }
    void step_set() {
        const std::string key = any_key();
        const CacheEntry made = any_entry();
        set(key, made);
        keep(key, made, marks.size());
    }
    void step_remove() {
        const std::string key = any_key();
        ASSERT_EQ(remove({key}), expected(key) != nullptr ? 1u : 0u) << key;
        kept.erase(key);
        lent.erase(key);
    }
    void step_expire() {
        const std::string key = any_key();
        ASSERT_EQ(expire({key}), expected(key) != nullptr ? 1u : 0u) << key;
        if (kept.contains(key)) kept[key].fresh_until = std::min(kept[key].fresh_until, now());
        lent.erase(key);
    }
    void step_invalidate() {
        CacheMark mark =
            any(2) == 0 ? tag(any_tag()) : pattern(std::string(1, "ab"[any(2)]) + ":?");
        if (any(8) == 0) mark = {.kind = CacheMark::Kind::all};
        marks.push_back(mark);
        ASSERT_EQ(invalidate({mark}).number, marks.size());
    }
    void step() {
        switch (any(12)) {
            case 0:
            case 1:
            case 2: return step_set();
            case 3:
            case 4: return step_borrow();
            case 5:
            case 6: return step_fill();
            case 7: return step_remove();
            case 8: return step_expire();
            case 9:
            case 10: return step_invalidate();
            default: return pass_time(1s * any(20) + 500ms);
        }
    }

    std::mt19937 random{};
    int values = 0;
    std::vector<CacheMark> marks{};  // number i + 1 at place i
    std::map<std::string, Kept> kept{};
    std::map<std::string, Lent> lent{};
};

class CacheModel : public CacheModelFixture {};
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(CacheModel);
INSTANTIATE_TEST_SUITE_P(On,
                         CacheModel,
                         testing::ValuesIn(cache_backends()),
                         [](const auto& tested) { return tested.param.name; });

// TORIL_TEST_SEED repeats a run.
TEST_P(CacheModel, AgreesWithTheStoreAfterEachOfManySteps) {
    const char* const given = std::getenv("TORIL_TEST_SEED");
    const auto seed =
        given == nullptr ? std::random_device{}() : static_cast<unsigned>(std::stoul(given));
    SCOPED_TRACE("TORIL_TEST_SEED=" + std::to_string(seed));
    random.seed(seed);
    for (int i = 0; i < 600; ++i) {
        step();
        check(any_key());
        if (HasFailure()) FAIL() << "at step " << i;
    }
}

}  // namespace
}  // namespace toril::conformance
