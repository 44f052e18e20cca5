package com.busdk.cli.events;

import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.file.FileSystemOptions;

/**
 * A Vert.x that starts fast, for one command: one event loop, no file cache, the JDK's name resolution, and none of the
 * searches through network cards and processes that a server's identifiers are made of.
 */
public final class ClientVertx {
    private ClientVertx() {}

    /** A new one, which is the caller's to close. */
    public static Vertx create() {
        setIfUnset("vertx.disableDnsResolver", "true");
        // Nobody records this process, and looking for the recorder takes as long as a request.
        setIfUnset("io.netty.jfr.enabled", "false");
        setIfUnset("io.netty.machineId", "00:00:00:00:00:00:00:01");
        setIfUnset("io.netty.processId", Integer.toString((int)
                (ProcessHandle.current().pid() & 0x3fffff)));
        return Vertx.vertx(new VertxOptions()
                .setEventLoopPoolSize(1)
                .setWorkerPoolSize(2)
                .setInternalBlockingPoolSize(1)
                .setFileSystemOptions(new FileSystemOptions()
                        .setClassPathResolvingEnabled(false)
                        .setFileCachingEnabled(false)));
    }

    private static void setIfUnset(String property, String value) {
        if (System.getProperty(property) == null) {
            System.setProperty(property, value);
        }
    }
}
