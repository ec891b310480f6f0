namespace McpOperator.Benchmarks;

/// <summary>Finds things of this repository from a program that lies somewhere below it.</summary>
internal static class Repository
{
    /// <summary>The folder with the solution.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>The operator as this program's own build made it.</summary>
    public static string OperatorProgram
    {
        get
        {
            // …/bin/<configuration>/<framework>
            var output = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar));
            return Path.Combine(Root, "operator", "McpOperator.Host", "bin", output.Parent!.Name, output.Name, "mcp-operator");
        }
    }

    /// <summary>A file that this program brings along.</summary>
    public static string Own(string name) => Path.Combine(AppContext.BaseDirectory, "Manifests", name);

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "McpOperator.sln")))
            {
                return folder.FullName;
            }
        }

        throw new InvalidOperationException("This program has to lie in the repository that it measures.");
    }
}
