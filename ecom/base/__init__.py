"""What everything stands on: settings, errors, secrets, locks, the JDK and the JVM parts. Imports nothing of ours."""
