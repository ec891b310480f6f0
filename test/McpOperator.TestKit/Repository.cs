namespace McpOperator.TestKit;

/// <summary>Where the repository lies: the nearest folder above the tests that has the solution in it.</summary>
public static class Repository
{
    public static string Root { get; } = Find(AppContext.BaseDirectory);

    private static string Find(string folder) => File.Exists(Path.Combine(folder, "McpOperator.sln"))
        ? folder
        : Find(Path.GetDirectoryName(folder) ?? throw new InvalidOperationException("no McpOperator.sln above the tests"));
}
