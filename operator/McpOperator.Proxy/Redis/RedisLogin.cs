namespace McpOperator.Proxy.Redis;

/// <summary>As whom to log in.</summary>
/// <param name="User">The user; nothing: <c>default</c>.</param>
/// <param name="Password">The password.</param>
internal sealed record RedisLogin(string? User, string Password)
{
    /// <summary>Reads a mounted Secret, each time anew: it is rotated.</summary>
    /// <exception cref="RedisException">There is no password.</exception>
    public static RedisLogin Read(string folder)
    {
        try
        {
            var user = Path.Combine(folder, "username");
            return new(File.Exists(user) ? File.ReadAllText(user).Trim() : null, File.ReadAllText(Path.Combine(folder, "password")).TrimEnd('\r', '\n'));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new RedisException($"there is no password in {folder}: is the Secret in the server's namespace?", e);
        }
    }
}
