/**
 * The SSH runner: scripts of {@code bus.ssh.script.run.request} on machines that are reached over SSH.
 *
 * <p>{@link com.busdk.workers.ssh.SshRunner} is the worker's handler, {@link com.busdk.workers.ssh.SshExecutor} does the
 * work, {@link com.busdk.workers.ssh.ScriptRequest} and {@link com.busdk.workers.ssh.ScriptResult} are the payloads.
 *
 * <p>Threads: each script has a virtual thread of its own that waits for what happens. What arrives over the network
 * comes on the SSH library's threads, where nothing here blocks. No event loop is used for anything but handing over a
 * request.
 */
@NullMarked
package com.busdk.workers.ssh;

import org.jspecify.annotations.NullMarked;
