// SPDX-License-Identifier: Apache-2.0
// Loading of packages: shared objects that bring element classes.
#include <click/config.h>
#include <click/error.hh>
#include <click/package.hh>
#include <click/string.hh>
#include <click/userutils.hh>
#include <click/vector.hh>
#include "runtime/router/packagefile.hh"
#include <dlfcn.h>
#include <filesystem>
#include <mutex>
#include <string>
#include <vector>

namespace {

typedef int (*InitModule)();
typedef void (*CleanupModule)();

// What was loaded, in order. Recursive: an initialiser may load another package.
struct Loaded {
    std::string name;
    std::string path;
    void *library;
    bool provided_here;
};
std::recursive_mutex loading;
std::vector<Loaded> loaded;
int users;

bool is_file(const std::string &path)
{
    std::error_code error;
    return std::filesystem::is_regular_file(path, error);
}

// Where this library or executable itself lies: packages are installed beside it.
std::string own_directory()
{
    Dl_info info;
    if (!dladdr(reinterpret_cast<const void *>(&click_load_package), &info) || !info.dli_fname)
        return std::string();
    return std::filesystem::path(info.dli_fname).parent_path().string();
}

// The package's file; empty when there is none in the directories, which are added to `searched`.
std::string find_package(const std::string &file, String &searched)
{
    std::string path = clickpath() ? clickpath() : "";
    for (size_t begin = 0; begin <= path.size();) {
        size_t end = std::min(path.find(':', begin), path.size());
        std::string entry = path.substr(begin, end - begin);
        begin = end + 1;
        std::string directory = entry.empty() ? own_directory() : entry;
        searched += (searched ? ", " : "") + String(directory.c_str());
        for (const std::string &candidate : {directory + "/lib/" + file, directory + "/" + file})
            if (is_file(candidate))
                return std::filesystem::absolute(candidate).string();
    }
    return std::string();
}

// libc has an init_module of its own (a system call): only the package's counts.
template <typename Function>
Function own_function(void *library, const char *name, const std::string &path)
{
    void *symbol = dlsym(library, name);
    Dl_info info;
    if (!symbol || !dladdr(symbol, &info) || !info.dli_fname)
        return nullptr;
    std::error_code error;
    if (!std::filesystem::equivalent(info.dli_fname, path, error))
        return nullptr;
    return reinterpret_cast<Function>(symbol);
}

bool load_file(const std::string &path, const String &name, ErrorHandler *errh)
{
    std::lock_guard guard(loading);
    if (click_has_provision(name))
        return true;
    if (!check_package_file(path, errh))
        return false;
    void *library = dlopen(path.c_str(), RTLD_NOW | RTLD_GLOBAL);
    if (!library) {
        errh->error("cannot load package: %s", dlerror());
        return false;
    }
    InitModule init = own_function<InitModule>(library, "init_module", path);
    if (!init) {
        errh->error("package %<%s%> has no init_module function", path.c_str());
        dlclose(library);
        return false;
    }
    if (init() != 0) {
        errh->error("error initializing package %<%s%>", path.c_str());
        return false;
    }
    bool provided_here = !click_has_provision(name);
    if (provided_here)
        click_provide(name.c_str());
    loaded.push_back({std::string(name.data(), static_cast<size_t>(name.length())), path, library, provided_here});
    return true;
}

// The newest first: a package may derive from classes of one before it.
void unload_all()
{
    while (!loaded.empty()) {
        Loaded package = loaded.back();
        loaded.pop_back();
        if (auto cleanup = own_function<CleanupModule>(package.library, "cleanup_module", package.path))
            cleanup();
        if (package.provided_here)
            click_unprovide(package.name.c_str());
        dlclose(package.library);
    }
}

}  // namespace

void click_use_packages()
{
    std::lock_guard guard(loading);
    ++users;
}

void click_unuse_packages()
{
    std::lock_guard guard(loading);
    if (--users == 0)
        unload_all();
}

bool click_load_package(const String &name, ErrorHandler *errh)
{
    if (click_has_provision(name))
        return true;
    ContextErrorHandler cerrh(errh, errh->xformat("While loading package %<%s%>:", name.c_str()));
    std::string file = std::string(name.data(), static_cast<size_t>(name.length())) + ".uo";
    String searched;
    std::string path = find_package(file, searched);
    if (path.empty()) {
        cerrh.error("can't find required package %<%s%>\n"
                    "searched: %s (and lib/ in each); CLICKPATH is %<%s%>: add the directory that %<mimi build%> wrote it to",
                    file.c_str(), searched.c_str(), clickpath());
        return false;
    }
    return load_file(path, name, &cerrh);
}

bool click_load_package_file(const String &file, ErrorHandler *errh)
{
    std::filesystem::path path(std::string(file.data(), static_cast<size_t>(file.length())));
    String name(path.stem().c_str());
    if (click_has_provision(name))
        return true;
    ContextErrorHandler cerrh(errh, errh->xformat("While loading package %<%s%>:", name.c_str()));
    std::error_code error;
    path = std::filesystem::absolute(path, error);
    if (!is_file(path.string())) {
        cerrh.error("no file %<%s%>", path.c_str());
        return false;
    }
    return load_file(path.string(), name, &cerrh);
}
