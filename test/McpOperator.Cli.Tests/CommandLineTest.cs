using System.CommandLine;
using McpOperator.TestKit;

namespace McpOperator.Cli.Tests;

/// <summary>A folder of its own for each test, and the command line as users have it.</summary>
public abstract class CommandLineTest
{
    private Folder _folder = null!;

    [SetUp]
    public void MakeFolder() => _folder = new();

    [TearDown]
    public void RemoveFolder() => _folder.Dispose();

    protected static (int Code, string Out, string Error) Run(params string[] arguments)
    {
        var root = new RootCommand("test");
        foreach (var command in Commands.All())
        {
            root.Add(command);
        }

        using var stdout = new StringWriter();
        using var stderr = new StringWriter();
        var code = root.Parse(arguments).Invoke(new InvocationConfiguration { Output = stdout, Error = stderr });
        return (code, stdout.ToString(), stderr.ToString());
    }

    /// <summary>Where a file of the test's folder lies.</summary>
    protected string At(string name) => Path.Combine(_folder.Path, name);

    /// <summary>Writes a file into the test's folder.</summary>
    /// <returns>Where it lies.</returns>
    protected string Write(string name, string text) => _folder.Write(name, text);
}
