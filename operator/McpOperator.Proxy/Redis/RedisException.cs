namespace McpOperator.Proxy.Redis;

/// <summary>A command was not answered, or by an error.</summary>
internal sealed class RedisException : Exception
{
    public RedisException(string message) : base(message)
    {
    }

    public RedisException(string message, Exception inner) : base(message, inner)
    {
    }
}
