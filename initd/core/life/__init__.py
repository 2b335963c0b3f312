"""The app's life: started, signalled, stopped, restarted, swept up after."""
