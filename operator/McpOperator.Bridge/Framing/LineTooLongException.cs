namespace McpOperator.Bridge.Framing;

/// <summary>A server wrote a line that is longer than allowed.</summary>
internal sealed class LineTooLongException(int maxBytes)
    : IOException($"the server wrote a message of more than {maxBytes} bytes; if it should, raise --max-message-bytes");
