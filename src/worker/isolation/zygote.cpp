#include "worker/isolation/zygote.hpp"

#include "worker/isolation/child.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>
#include <vector>

namespace toril::worker {
namespace {

// ---- messages: a command with its pid, a socket with it when a child is to be made --------------

enum class Command : int { make_child, end_child };

struct Message {
    Command command = Command::make_child;
    int value = 0;  // pid, wait status, or minus an errno
};

bool send_message(int control, const Message& message, int passed_fd) {
    Message copy = message;
    iovec part{&copy, sizeof copy};
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> space{};
    msghdr header{};
    header.msg_iov = &part;
    header.msg_iovlen = 1;
    if (passed_fd >= 0) {
        header.msg_control = space.data();
        header.msg_controllen = space.size();
        cmsghdr* with = CMSG_FIRSTHDR(&header);
        with->cmsg_level = SOL_SOCKET;
        with->cmsg_type = SCM_RIGHTS;
        with->cmsg_len = CMSG_LEN(sizeof(int));
        std::memcpy(CMSG_DATA(with), &passed_fd, sizeof(int));
    }
    ssize_t sent = 0;
    do {
        sent = ::sendmsg(control, &header, MSG_NOSIGNAL);
    } while (sent < 0 && errno == EINTR);
    return sent == sizeof copy;
}

bool receive_message(int control, Message& message, int& passed_fd) {
    iovec part{&message, sizeof message};
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> space{};
    msghdr header{};
    header.msg_iov = &part;
    header.msg_iovlen = 1;
    header.msg_control = space.data();
    header.msg_controllen = space.size();
    ssize_t got = 0;
    do {
        got = ::recvmsg(control, &header, MSG_CMSG_CLOEXEC);
    } while (got < 0 && errno == EINTR);
    passed_fd = -1;
    if (const cmsghdr* with = CMSG_FIRSTHDR(&header); got > 0 && with)
        std::memcpy(&passed_fd, CMSG_DATA(with), sizeof(int));
    return got == sizeof message;
}

// ---- in the zygote ---------------------------------------------------------------------------

// The program's own handlers and masks for signals are not the children's; nor is a Ctrl-C at
// the terminal meant for them: the worker decides when they end.
void forget_signals() {
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    for (int number : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGCHLD, SIGUSR1, SIGUSR2})
        ::signal(number, SIG_DFL);
    ::signal(SIGPIPE, SIG_IGN);
    ::setpgid(0, 0);
}

// False: the parent died before it could be watched.
bool die_with_parent(pid_t parent) {
    return ::prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && ::getppid() == parent;
}

// Short of memory, the kernel takes a handler's child before the worker itself.
void offer_to_oom_killer() {
    const int file = ::open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
    if (file < 0) return;
    [[maybe_unused]] const ssize_t written = ::write(file, "500", 3);
    ::close(file);
}

int wait_for(pid_t pid) {
    int status = 0;
    while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    return status;
}

class ZygoteLoop {
public:
    ZygoteLoop(int control, const Handler& handler) : control_(control), handler_(handler) {}

    void run() {
        Message message;
        int socket = -1;
        while (receive_message(control_, message, socket)) {
            if (message.command == Command::make_child)
                message.value = make_child(socket);
            else
                message.value = end_child(message.value);
            if (!send_message(control_, message, -1)) break;
        }
        while (!children_.empty())
            end_child(children_.back());
    }

private:
    int make_child(int socket) {
        const pid_t zygote = ::getpid();
        const pid_t pid = ::fork();
        if (pid == 0) {
            if (!die_with_parent(zygote)) ::_exit(1);
            ::close(control_);
            ::prctl(PR_SET_NAME, "toril-handler");
            offer_to_oom_killer();
            run_child(socket, handler_);
        }
        const int result = pid < 0 ? -errno : pid;
        ::close(socket);
        if (pid > 0) children_.push_back(pid);
        return result;
    }

    int end_child(pid_t pid) {
        // A zombie does not mind; its status stays what it died of.
        ::kill(pid, SIGKILL);
        std::erase(children_, pid);
        return wait_for(pid);
    }

    const int control_;
    const Handler& handler_;
    std::vector<pid_t> children_{};
};

}  // namespace

void Fd::reset() noexcept {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
}

// The thread that forks the zygote, and stays for as long as it is to live.
void Zygote::keep(const Handler& handler, int parent_end, int zygote_end) {
    std::fflush(nullptr);  // or every child would write what is in the buffers now
    const pid_t parent = ::getpid();
    const pid_t pid = ::fork();
    if (pid == 0) {
        ::close(parent_end);
        forget_signals();
        ::prctl(PR_SET_NAME, "toril-zygote");
        if (die_with_parent(parent)) ZygoteLoop(zygote_end, handler).run();
        ::_exit(0);
    }
    ::close(zygote_end);
    {
        std::unique_lock lock(mutex_);
        pid_ = pid;
        changed_.notify_all();
        if (pid < 0) return;
        changed_.wait(lock, [this] { return ending_; });
    }
    wait_for(pid);  // its control socket is closed, so it ends
}

Result<std::unique_ptr<Zygote>> Zygote::start(const Handler& handler) {
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0)
        return Error(ErrorCode::limit_reached,
                     std::string("no socket for isolated handlers: ") + std::strerror(errno));
    std::unique_ptr<Zygote> zygote(new Zygote);
    zygote->control_ = Fd(ends[0]);
    zygote->warden_ = std::thread(
        [self = zygote.get(), &handler, ends] { self->keep(handler, ends[0], ends[1]); });
    bool forked = false;
    {
        std::unique_lock lock(zygote->mutex_);
        zygote->changed_.wait(lock, [&] { return zygote->pid_ != 0; });
        forked = zygote->pid_ > 0;
    }
    if (!forked) return Error(ErrorCode::limit_reached, "no process for isolated handlers");
    return zygote;
}

Zygote::~Zygote() {
    {
        base::MutexLock lock(mutex_);
        control_.reset();
        ending_ = true;
        changed_.notify_all();
    }
    if (warden_.joinable()) warden_.join();
}

Result<Zygote::Child> Zygote::make_child() {
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0)
        return Error(ErrorCode::failed,
                     std::string("no socket for an isolated handler: ") + std::strerror(errno));
    Child child{0, Fd(ends[0])};
    const Fd theirs(ends[1]);
    Message message{Command::make_child, 0};
    int none = -1;
    base::MutexLock lock(mutex_);
    if (!send_message(control_.get(), message, theirs.get()) ||
        !receive_message(control_.get(), message, none))
        return Error(ErrorCode::failed, "the process that makes isolated handlers is gone");
    if (message.value <= 0)
        return Error(
            ErrorCode::failed,
            std::string("no process for an isolated handler: ") + std::strerror(-message.value));
    child.pid = message.value;
    return child;
}

int Zygote::end_child(pid_t pid) {
    Message message{Command::end_child, pid};
    int none = -1;
    base::MutexLock lock(mutex_);
    if (!send_message(control_.get(), message, -1) ||
        !receive_message(control_.get(), message, none))
        return SIGKILL;  // they all died with the zygote
    return message.value;
}

}  // namespace toril::worker
