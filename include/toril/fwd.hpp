#pragma once

// Every public name, no definition. Include this instead of declaring our names yourself.

namespace toril {

class Error;
class Json;
class JobContext;
class Queue;
class Status;
class Store;
class Worker;
template <class T>
class Result;

enum class ErrorCode : unsigned char;
enum class JobState : unsigned char;

struct Backoff;
struct Job;
struct JobCounts;
struct JobOptions;
struct KeepJobs;
struct LogRecord;
struct NewJob;
struct StoreOptions;
struct WorkerOptions;

}  // namespace toril
