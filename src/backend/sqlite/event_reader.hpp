#pragma once

// Reads a queue's events on the store's reading connection, and sleeps until there are more.

#include "backend/sqlite/engine.hpp"

#include <memory>

namespace toril::sqlite {

std::unique_ptr<contract::EventReader> read_events(std::shared_ptr<Engine> engine,
                                                   contract::EventReaderParams params);

}  // namespace toril::sqlite
