/**
 * Containers on this machine: podman as a child process for each run, its options, and whether it works here at all.
 *
 * <p>Processes are waited for on virtual threads, and their pipes are read on daemon threads of their own; nothing of it
 * happens on an event loop.
 */
@NullMarked
package com.busdk.workers.podman;

import org.jspecify.annotations.NullMarked;
