#include "redis/ring.hpp"

#include <gtest/gtest.h>

#include <deque>
#include <memory>
#include <random>

namespace toril::redis {
namespace {

TEST(RingTest, DoesWhatADequeDoes) {
    const unsigned seed = std::random_device{}();
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    Ring<std::unique_ptr<int>> ring;
    std::deque<int> model;
    for (int i = 0; i < 100'000; ++i) {
        switch (random() % 5) {
            case 0:
            case 1:
                ring.push_back(std::make_unique<int>(i));
                model.push_back(i);
                break;
            case 2:
                ring.push_front(std::make_unique<int>(i));
                model.push_front(i);
                break;
            default:
                if (model.empty()) break;
                ASSERT_EQ(*ring.pop_front(), model.front());
                model.pop_front();
                break;
        }
        ASSERT_EQ(ring.size(), model.size());
        if (!model.empty()) {
            ASSERT_EQ(*ring.back(), model.back());
            ASSERT_EQ(*ring[model.size() / 2], model[model.size() / 2]);
        } else {
            ring.shrink(16);
        }
    }
}

}  // namespace
}  // namespace toril::redis
