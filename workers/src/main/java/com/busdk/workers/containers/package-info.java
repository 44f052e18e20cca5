/**
 * What every worker that runs containers shares, wherever it runs them: the podman command and its quoting, the handler
 * of the container events, what users see of their runs, and a runner that only pretends.
 *
 * <p>Handlers are called on event loops and nothing here blocks. A {@link com.busdk.workers.containers.ContainerBackend}
 * does the work on whatever threads it needs.
 */
@NullMarked
package com.busdk.workers.containers;

import org.jspecify.annotations.NullMarked;
