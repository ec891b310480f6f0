namespace McpOperator.Bridge.Processes;

/// <summary>A program could not be started.</summary>
public sealed class ProcessStartException(string message) : IOException(message);
