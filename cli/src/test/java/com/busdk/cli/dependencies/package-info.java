/** What Bus ships beside its own code: the list of it, and how that is held against known vulnerabilities. */
package com.busdk.cli.dependencies;
