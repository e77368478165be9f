// Entry: language first, then the application.
import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { queryClient } from "./api/query-client";
import { Toasts } from "./components/toast";
import { startTranslation } from "./i18n";
import { router } from "./routes/router";
import "./theme/global.css";
import { ThemeProvider } from "./theme/theme-provider";

const root = document.getElementById("root");
if (!root) throw new Error("index.html has no #root");

await startTranslation();

createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={queryClient}>
      <ThemeProvider>
        <RouterProvider router={router} />
        <Toasts />
      </ThemeProvider>
    </QueryClientProvider>
  </StrictMode>,
);
