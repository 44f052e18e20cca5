package com.busdk.cli.bench.peers;

import com.busdk.cli.bench.suite.Bench;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** nginx with Nchan, whose channels are in memory. */
record NchanPeer() implements Peer {
    private static final String PROGRAM = "nginx";

    /** Where packages put modules. */
    private static final List<Path> MODULES = Stream.of("/usr/lib/nginx/modules", "/usr/lib64/nginx/modules")
            .map(folder -> Path.of(folder, "ngx_nchan_module.so"))
            .toList();

    private static final long MIB = 1L << 20;

    /** What it shares between its processes as it comes; less would refuse what is published. */
    private static final long LEAST_MEMORY_MIB = 128;

    /** An event of this bench with what Nchan keeps beside it, and as much again, since memory that is full is an error. */
    private static final long BYTES_OF_EVENT = 1_024;

    /** Events of a channel that are kept at least: more than a listener may be behind. */
    private static final long LEAST_KEPT = 10_000;

    @Override
    public String id() {
        return "nchan";
    }

    @Override
    public String title() {
        return "nginx with Nchan";
    }

    @Override
    public String promise() {
        return "in memory, ends with the process";
    }

    @Override
    public String version() throws IOException, InterruptedException {
        return Programs.version(PROGRAM, "-v");
    }

    @Override
    public String missing() {
        if (Programs.find(PROGRAM).isEmpty()) {
            return "not installed (package nginx)";
        }
        return module().isPresent() ? "" : "nginx is there without Nchan (package libnginx-mod-nchan)";
    }

    /** It knows no groups. */
    @Override
    public boolean takesPart(Work work) {
        return work != Work.CONSUMERS;
    }

    private static Optional<Path> module() {
        return MODULES.stream().filter(Files::isReadable).findFirst();
    }

    /** The file that a server is started with. */
    String configuration(Path module, Path folder, int port, long history, boolean root) {
        long kept = Math.max(LEAST_KEPT, history);
        return """
            load_module %1$s;
            daemon off;
            %6$sworker_processes auto;
            pid %2$s/pid;
            error_log %2$s/server.log warn;
            events { worker_connections 8192; }
            http {
              access_log off;
              keepalive_requests 1000000000;
              keepalive_timeout 1h;
              client_body_temp_path %2$s/body;
              proxy_temp_path %2$s/proxy;
              fastcgi_temp_path %2$s/fastcgi;
              uwsgi_temp_path %2$s/uwsgi;
              scgi_temp_path %2$s/scgi;
              nchan_shared_memory_size %5$dM;
              server {
                listen 127.0.0.1:%3$d backlog=4096;
                location = /ready { return 204; }
                location = /pub {
                  nchan_publisher;
                  nchan_channel_id $arg_id;
                  nchan_message_buffer_length %4$d;
                }
                location = /sub {
                  nchan_subscriber http-chunked;
                  nchan_channel_id $arg_id;
                  nchan_subscriber_first_message oldest;
                }
              }
            }
            """.formatted(
                        module,
                        folder,
                        port,
                        kept,
                        Math.max(LEAST_MEMORY_MIB, kept * BYTES_OF_EVENT / MIB),
                        root ? "user root;\n" : "");
    }

    @Override
    public PeerServer start(Bench bench, Path folder, long history) throws IOException, InterruptedException {
        return NchanServer.start(
                bench, this, Programs.find(PROGRAM).orElseThrow(), module().orElseThrow(), folder, history);
    }
}
